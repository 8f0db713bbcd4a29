import ClusterModel
import Documents
import Testing

/// The hosts file: what it may say, and that mistakes are named with their lines.
@Suite struct HostsDocumentTests {
    private static let good = """
        format: drover.hosts/1
        name: lab
        sharedPools: [nfs]
        hosts:
          - id: h1
            uri: qemu+tls://h1/system
            peerUri: qemu+tls://h1/system
            migrationUri: tcp://10.0.0.1
            networks: [br0]
            site: paris
            powerControl: {kind: redfish, url: "https://bmc1", credential: lab}
          - id: h2
            uri: qemu+ssh://root@h2/system
            cpuCores: 8
            memoryBytes: 34359738368
        """

    private func read(_ text: String) throws -> HypervisorHosts {
        try HostsDocument.read(Array(text.utf8), name: "hosts.yaml").value
    }

    @Test func readsHosts() throws {
        let hosts = try read(Self.good)
        #expect(hosts.name == "lab" && hosts.sharedPools == ["nfs"])
        #expect(hosts.hosts.map(\.id) == ["h1", "h2"])
        #expect(hosts.hosts[0].peerURI == "qemu+tls://h1/system" && hosts.hosts[0].migrationURI == "tcp://10.0.0.1")
        #expect(hosts.hosts[0].powerControl?.credential == "lab")
        #expect(hosts.hosts[1].cpuCores == 8 && hosts.hosts[1].memoryBytes == 34_359_738_368)
    }

    @Test(arguments: [
        ("    cpuCores: 8", "    cpuCors: 8", "hosts[1].cpuCors"),
        ("id: h2", "id: h1", "hosts[1].id"),
        ("qemu+ssh://root@h2/system", "h2", "hosts[1].uri"),
        ("qemu+ssh://root@h2/system", "qemu+ssh://root:secret@h2/system", "hosts[1].uri"),
        ("    uri: qemu+tls://h1/system\n", "", "hosts[0].uri"),
        ("format: drover.hosts/1", "format: drover.hosts/2", "format"),
        ("34359738368", "-1", "hosts[1].memoryBytes"),
    ]) func namesMistakes(right: String, wrong: String, path: String) {
        let error = #expect(throws: DocumentErrors.self) {
            try read(Self.good.replacing(right, with: wrong, maxReplacements: 1))
        }
        #expect(error?.issues.count == 1 && error?.issues.first?.path == path, "\(error.map { "\($0)" } ?? "")")
    }

    @Test func validateKnowsIt() throws {
        let report = try DocumentValidation.validate(Array(Self.good.utf8), name: "hosts.yaml")
        #expect(report.kind == .hosts && report.summary == "2 hosts")
    }
}
