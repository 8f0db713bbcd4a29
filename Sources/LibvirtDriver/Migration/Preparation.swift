internal import ClusterModel
internal import Execution
internal import Libvirt

/// What is asked of both hosts before a migration begins. Refuses with the reason; changes nothing.
struct Preparation: Sendable {
    let move: MigrationRequest
    let hosts: HostTable
    let sharedPools: [String]

    /// What the source says of the VM.
    struct Subject: Sendable {
        let description: DomainDescription
        let ran: Bool
        let isPersistent: Bool
        let memoryBytes: Int64
        /// Shared pools that it needs.
        let pools: [String]
        let copiesDisks: Bool
        /// Networks that it is attached to, those that the source lists: a bridge that nobody lists cannot be compared.
        let networks: [String]
    }

    func check() async throws(DriverError) -> Subject {
        guard move.bandwidthBitsPerSecond > 0, move.bandwidthBitsPerSecond.isFinite else {
            throw DriverError(code: .invalid, message: "a bandwidth of \(move.bandwidthBitsPerSecond) bit/s")
        }
        guard let source = hosts.link(move.from) else {
            throw Self.refused(.hostUnavailable, "the hosts file has no host \(move.from)")
        }
        guard let destination = hosts.link(move.to) else {
            throw Self.refused(.hostUnavailable, "the hosts file has no host \(move.to)")
        }
        guard move.from != move.to else { throw Self.refused(.wrongSource, "source and destination are the same") }
        let subject = try await subject(at: source)
        try await checkDestination(destination, subject)
        return subject
    }

    static func refused(_ code: StepFailure.Code, _ message: String) -> DriverError {
        DriverError(code: .refused, message: message, failure: code)
    }

    // MARK: - Source

    private func subject(at source: HostLink) async throws(DriverError) -> Subject {
        let (vm, pools, networks) = (move.vm, sharedPools, source.host.networks)
        let found: Result<Subject, DriverError>?
        do throws(LibvirtError) {
            found = try await source.call { (connection) throws(LibvirtError) -> Result<Subject, DriverError>? in
                guard let domain = try connection.domain(named: vm) else { return nil }
                guard try domain.state().kind != .stopped else { return nil }
                return try Self.subject(domain, sharedPools: pools, networks: networks)
            }
        } catch {
            throw error.driverError
        }
        guard let found else { throw await absence() }
        return try found.get()
    }

    private static func subject(
        _ domain: LibvirtDomain, sharedPools: [String], networks: [String]
    ) throws(LibvirtError) -> Result<Subject, DriverError> {
        if try domain.job().kind == .running {
            return .failure(refused(.busy, "another operation is at work on VM \(domain.name)"))
        }
        let state = try domain.state()
        if state.detail == .postCopyFailed {
            return .failure(refused(.machineUnavailable, "VM \(domain.name) stands still since a post-copy broke"))
        }
        let xml = try domain.xml()
        let poolXML = try domain.connection.storagePoolXML()
        let listed = Set(try domain.connection.networkNames()).union(networks)
        do throws(XMLError) {
            let description = try DomainDescription(xml: xml)
            if let obstacle = description.obstacles.first {
                return .failure(refused(.unsupported, "VM \(domain.name) cannot be migrated: \(obstacle)"))
            }
            let pools = try StoragePools(xml: poolXML, sharedPools: sharedPools)
            var needed: Set<String> = []
            var copies = false
            for disk in description.disks {
                switch pools.place(of: disk) {
                case .anywhere: break
                case .shared(let pool): needed.insert(pool)
                case .local where disk.isReadOnly:
                    return .failure(
                        refused(.unsupported, "the medium in \(disk.target) of VM \(domain.name) is on local storage"))
                case .local: copies = true
                }
            }
            return .success(
                Subject(
                    description: description, ran: state.kind == .running, isPersistent: try isPersistent(domain),
                    memoryBytes: try memoryBytes(domain), pools: needed.sorted(), copiesDisks: copies,
                    networks: description.networks.filter(listed.contains)))
        } catch {
            return .failure(DriverError(code: .invalid, message: "description of VM \(domain.name): \(error)"))
        }
    }

    private static func isPersistent(_ domain: LibvirtDomain) throws(XMLError) -> Bool {
        do throws(LibvirtError) { return try domain.isPersistent() } catch {
            throw XMLError(line: 0, message: error.message)
        }
    }

    private static func memoryBytes(_ domain: LibvirtDomain) throws(XMLError) -> Int64 {
        do throws(LibvirtError) { return try domain.size().maxMemoryBytes } catch {
            throw XMLError(line: 0, message: error.message)
        }
    }

    /// Why a VM is not at the source: it is elsewhere, stopped, or unknown.
    private func absence() async -> DriverError {
        let vm = move.vm
        let answers = await hosts.ask { (_, connection) throws(LibvirtError) -> DomainState? in
            try connection.domain(named: vm)?.state()
        }
        var isStopped = false
        for (link, answer) in answers {
            guard case .success(let state?) = answer else { continue }
            if state.kind != .stopped {
                return Self.refused(.wrongSource, "VM \(vm) is on \(link.host.id), not on \(move.from)")
            }
            isStopped = true
        }
        return Self.refused(
            .machineUnavailable, isStopped ? "VM \(vm) is stopped" : "no host has a VM \(vm)")
    }

    // MARK: - Destination

    private func checkDestination(_ destination: HostLink, _ subject: Subject) async throws(DriverError) {
        let (host, pools) = (destination.host, sharedPools)
        let problem: DriverError?
        do throws(LibvirtError) {
            problem = try await destination.call { (connection) throws(LibvirtError) -> DriverError? in
                try Self.problem(at: host, connection, subject, sharedPools: pools)
            }
        } catch {
            throw error.driverError
        }
        if let problem { throw problem }
    }

    private static func problem(
        at host: HypervisorHost, _ connection: LibvirtConnection, _ subject: Subject, sharedPools: [String]
    ) throws(LibvirtError) -> DriverError? {
        let description = subject.description
        if let other = try connection.domain(named: description.name) {
            if other.uuid != description.uuid {
                return refused(.unsupported, "host \(host.id) has another VM called \(description.name)")
            }
            if try other.state().kind != .stopped {
                return refused(.busy, "host \(host.id) holds VM \(description.name) already")
            }
        }
        let networks = Set(try connection.networkNames()).union(host.networks)
        if let missing = subject.networks.first(where: { !networks.contains($0) }) {
            return refused(.unsupported, "host \(host.id) lacks network \(missing)")
        }
        if !subject.pools.isEmpty {
            let reachable: [String]
            do throws(XMLError) {
                reachable = try StoragePools(xml: try poolXML(connection), sharedPools: sharedPools).sharedNames
            } catch {
                return DriverError(code: .invalid, message: "storage pools of host \(host.id): \(error)")
            }
            if let missing = subject.pools.first(where: { !reachable.contains($0) }) {
                return refused(.unsupported, "host \(host.id) lacks storage pool \(missing), or it is not active")
            }
        }
        if let problem = try Self.cpuProblem(at: host, connection, description) { return problem }
        return try roomProblem(at: host, connection, subject)
    }

    private static func poolXML(_ connection: LibvirtConnection) throws(XMLError) -> [String] {
        do throws(LibvirtError) { return try connection.storagePoolXML() } catch {
            throw XMLError(line: 0, message: error.message)
        }
    }

    private static func cpuProblem(
        at host: HypervisorHost, _ connection: LibvirtConnection, _ description: DomainDescription
    ) throws(LibvirtError) -> DriverError? {
        guard let verdict = try CPUCheck(description)?.verdict(connection), verdict == .incompatible else { return nil }
        let model = description.cpu?.first("model")?.value ?? "the guest's"
        return refused(
            .unsupported, "host \(host.id) cannot give VM \(description.name) its CPU (\(model)), says libvirt")
    }

    /// With a capacity in the hosts file, all configured memory must fit into it; and free memory must be there in
    /// any case.
    private static func roomProblem(
        at host: HypervisorHost, _ connection: LibvirtConnection, _ subject: Subject
    ) throws(LibvirtError) -> DriverError? {
        let name = subject.description.name
        if let capacity = host.memoryBytes {
            var held: Int64 = 0
            for domain in try connection.domains(active: true) { held += try domain.size().maxMemoryBytes }
            if held + subject.memoryBytes > capacity - host.reservedMemoryBytes {
                return refused(
                    .noRoom, "host \(host.id) lacks memory for VM \(name): \(held) of \(capacity) bytes are held")
            }
        }
        do throws(LibvirtError) {
            let free = try connection.availableMemoryBytes()
            guard free < subject.memoryBytes else { return nil }
            return refused(
                .noRoom, "host \(host.id) has \(free) bytes of memory free, VM \(name) may need \(subject.memoryBytes)")
        } catch {
            if error.isUnsupported { return nil }
            throw error
        }
    }
}
