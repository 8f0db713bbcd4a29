internal import ClusterModel
internal import Execution
internal import Libvirt

/// The hosts of a cluster by their names.
struct HostTable: Sendable {
    /// Sorted by identifier.
    let links: [HostLink]
    private let byID: [String: HostLink]

    /// Starts libvirt's event loop: without it no connection keeps itself alive, and so none is made.
    init(_ hosts: [HypervisorHost], library: LibvirtLibrary) throws(DriverError) {
        do throws(LibvirtError) {
            try library.startEventLoop()
        } catch {
            throw DriverError(code: .invalid, message: error.message)
        }
        self.init(hosts.sorted { $0.id < $1.id }.map { HostLink($0, library: library) })
    }

    /// Some of the hosts.
    init(_ links: [HostLink]) {
        self.links = links
        byID = Dictionary(links.map { ($0.host.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func link(_ id: String) -> HostLink? { byID[id] }

    /// Asks every host at once; answers in the order of the hosts.
    func ask<Value: Sendable>(
        _ body: @escaping @Sendable (HostLink, LibvirtConnection) throws(LibvirtError) -> Value
    ) async -> [(link: HostLink, answer: Result<Value, LibvirtError>)] {
        await withTaskGroup(of: (Int, Result<Value, LibvirtError>).self) { group in
            for (index, link) in links.enumerated() {
                group.addTask {
                    do throws(LibvirtError) {
                        let value = try await link.call { (connection) throws(LibvirtError) in
                            try body(link, connection)
                        }
                        return (index, .success(value))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var answers: [Int: Result<Value, LibvirtError>] = [:]
            for await (index, answer) in group { answers[index] = answer }
            return links.enumerated().compactMap { index, link in answers[index].map { (link, $0) } }
        }
    }

    /// The host on which a domain is active, asked of all, blocking; for a VM that is not where it should be.
    func whereabouts(ofUUID uuid: String, named name: String) -> String? {
        for link in links {
            do throws(LibvirtError) {
                let isHere = try link.blocking { (connection) throws(LibvirtError) -> Bool in
                    guard let domain = try connection.domain(named: name), domain.uuid == uuid else { return false }
                    return try domain.state().kind != .stopped
                }
                if isHere { return link.host.id }
            } catch {
                // A host that does not answer cannot say that it has it.
                continue
            }
        }
        return nil
    }
}
