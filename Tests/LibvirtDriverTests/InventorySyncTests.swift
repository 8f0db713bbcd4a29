import ClusterModel
import Documents
import Execution
import Libvirt
import LibvirtDriver
import Testing

/// The inventory of libvirt's own built-in hypervisor, which needs no daemon: a valid document, and what is kept.
@Suite(.enabled(if: installedLibrary != nil, "libvirt is not installed: apt-get install libvirt0"))
struct InventorySyncTests {
    private let library: LibvirtLibrary
    private let now = Timestamp(millisecondsSinceEpoch: 1_790_000_000_000)

    init() throws { library = try #require(installedLibrary) }

    private func sync(_ hosts: [HypervisorHost], previous: Cluster? = nil) async throws -> InventorySync.Result {
        let sync = try InventorySync(
            hosts: HypervisorHosts(name: "lab", hosts: hosts), library: library, stateFolder: nil)
        return try await sync.run(previous: previous, intervalSeconds: 0.1, now: { [now] in now })
    }

    @Test func aValidDocument() async throws {
        let result = try await sync([
            HypervisorHost(id: "h1", uri: "test:///default", site: "paris", labels: ["a": "b"])
        ])
        let cluster = result.cluster
        #expect(result.notes.isEmpty)
        #expect(try ClusterDocument.read(Array(ClusterDocument.write(cluster).utf8), name: "x").value == cluster)
        #expect(cluster.name == "lab" && cluster.takenAt == now)
        let host = try #require(cluster.hosts.first)
        #expect(host.id == "h1" && host.state == .on && host.site == "paris" && host.labels == ["a": "b"])
        #expect(host.cpuCores == 16 && host.memoryBytes == 3 << 30 && host.numaNodes.count == 2)
        #expect(host.architecture == "i686" && host.networks == ["default"] && host.datastores == [])
        let vm = try #require(cluster.vms.first)
        #expect(vm.id == "test" && vm.host == "h1" && vm.state == .running && vm.vcpus == 2)
        #expect(vm.memoryBytes == 8 << 30 && vm.networks == ["default"] && vm.migration == .live)
    }

    /// Capacities of the hosts file stand in place of the machine's, and what was said of VMs before is kept.
    @Test func settingsAndWhatWasKnownBefore() async throws {
        let setting = HypervisorHost(id: "h1", uri: "test:///default", cpuCores: 4, memoryBytes: 16 << 30)
        var previous = try await sync([setting]).cluster
        previous.vms[0].priority = 3
        previous.vms[0].dirty = DirtyRate(hotBytes: 1e6, bytesPerSecond: 1e5)
        previous.rules = [
            Rule(id: "r1", kind: .affinity(scope: .host), vms: .ids(ids: ["test", "gone"])),
            Rule(id: "r2", kind: .hostAffinity(hosts: .ids(ids: ["gone"])), vms: .ids(ids: ["test"])),
        ]
        let result = try await sync([setting], previous: previous)
        let (host, vm) = (try #require(result.cluster.hosts.first), try #require(result.cluster.vms.first))
        #expect(host.cpuCores == 4 && host.memoryBytes == 16 << 30 && host.numaNodes.isEmpty)
        #expect(vm.priority == 3 && vm.dirty == previous.vms[0].dirty)
        #expect(result.cluster.rules.map(\.vms) == [.ids(ids: ["test"])])
        #expect(result.notes.count == 2)
    }

    /// A host that does not answer stays known, with its VMs; one of which nothing is known is left out, and said so.
    @Test func silentHosts() async throws {
        let good = HypervisorHost(id: "h1", uri: "test:///default")
        let before = try await sync([good]).cluster
        let silent = "qemu+unix:///system?socket=/nonexistent"
        let result = try await sync(
            [HypervisorHost(id: "h1", uri: silent), HypervisorHost(id: "h2", uri: silent)], previous: before)
        #expect(result.cluster.hosts.map(\.id) == ["h1"] && result.cluster.hosts[0].state == .failed)
        #expect(result.cluster.vms.map(\.id) == ["test"])
        #expect(result.notes.contains { $0.hasPrefix("host h2 is left out") })
    }

    /// A host that did not come back stays out of use though it answers again, and when it was switched stays known.
    @Test func whatRunsLeftAtHosts() async throws {
        let setting = HypervisorHost(id: "h1", uri: "test:///default")
        var before = try await sync([setting]).cluster
        before.hosts[0].extensions = before.hosts[0].extensions
            .setting(Host.lastSwitchedAtKey, .string(value: "\(now)"))
        let switched = try await sync([setting], previous: before)
        #expect(switched.cluster.hosts == before.hosts && switched.notes.isEmpty)
        before.hosts[0].extensions = before.hosts[0].extensions.setting(Host.quarantinedKey, .string(value: "no power"))
        let quarantined = try await sync([setting], previous: before)
        #expect(quarantined.cluster.hosts[0].state == .failed)
        #expect(quarantined.cluster.hosts[0].extensions == before.hosts[0].extensions)
        #expect(
            quarantined.notes
                == ["host h1 is out of use (no power): drover power test h1 tries it, and lets it in again"])
    }

    /// A host that is off, and cannot be asked, can still be what it could be before.
    @Test func featuresOfASilentHost() async throws {
        var before = try await sync([HypervisorHost(id: "h1", uri: "test:///default")]).cluster
        before.hosts[0].cpuFeatures = ["aes", "runs:qemu64"]
        let silent = HypervisorHost(id: "h1", uri: "qemu+unix:///system?socket=/nonexistent")
        #expect(try await sync([silent], previous: before).cluster.hosts[0].cpuFeatures == ["aes", "runs:qemu64"])
    }

    @Test func oneNameOnTwoHosts() async throws {
        let hosts = ["h1", "h2"].map { HypervisorHost(id: $0, uri: "test:///default") }
        // Both show the same VM, by its UUID: it is listed once.
        #expect(try await sync(hosts).cluster.vms.count == 1)
    }
}

/// `nil` where libvirt is not installed.
private let installedLibrary: LibvirtLibrary? = {
    do { return try LibvirtLibrary.load() } catch { return nil }
}()
