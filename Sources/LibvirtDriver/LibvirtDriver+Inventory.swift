internal import ClusterModel
public import Execution
internal import Libvirt

// Where every VM is.
extension LibvirtDriver {
    /// What one host says of one domain.
    private struct Sighting: Sendable {
        let host: String
        let name: String
        let uuid: String
        let state: DomainState
        let vcpus: Int
        let memoryBytes: Int64
    }

    public func inventory() async throws(DriverError) -> PlatformInventory {
        var observations: [HostObservation] = []
        var sightings: [Sighting] = []
        var asked: [HostLink] = []
        for link in hosts.links {
            let written = try folder.hostState(link.host.id) ?? .on
            if written == .on || written == .maintenance {
                asked.append(link)
            } else {
                observations.append(HostObservation(id: link.host.id, state: written))
            }
        }
        for (link, answer) in await HostTable(asked).ask(Self.sightings) {
            switch answer {
            case .success(let found):
                sightings += found
                observations.append(
                    HostObservation(id: link.host.id, state: try folder.hostState(link.host.id) ?? .on))
            case .failure(let error):
                // libvirt restarts within seconds; only a host that stays silent has failed.
                guard let silence = link.silence, silence >= .seconds(silenceSeconds) else { throw error.driverError }
                observations.append(HostObservation(id: link.host.id, state: .failed))
            }
        }
        let moves = try folder.openSteps()
        return PlatformInventory(
            takenAt: clock.now(), hosts: observations.sorted { $0.id < $1.id },
            vms: Self.machines(sightings, moves).sorted { $0.id < $1.id })
    }

    private static func sightings(
        _ link: HostLink, _ connection: LibvirtConnection
    ) throws(LibvirtError) -> [Sighting] {
        var found: [Sighting] = []
        for domain in try connection.domains() {
            do throws(LibvirtError) {
                let size = try domain.size()
                found.append(
                    Sighting(
                        host: link.host.id, name: domain.name, uuid: domain.uuid, state: try domain.state(),
                        vcpus: size.vcpus, memoryBytes: size.maxMemoryBytes))
            } catch {
                // It ended between the list and the question.
                if !error.isDomainGone { throw error }
            }
        }
        return found
    }

    /// Of several sightings of a VM, the one that says where it is.
    private static func machines(_ sightings: [Sighting], _ moves: [StepRecord]) -> [MachineObservation] {
        let sources = Dictionary(
            moves.compactMap { record in record.migration.map { ($0.vm, ($0.from, record.ran)) } },
            uniquingKeysWith: { first, _ in first })
        return Dictionary(grouping: sightings, by: \.name).values.compactMap { candidates in
            let move = candidates.first.flatMap { sources[$0.name] }
            let best = candidates.min { left, right in
                (rank(left, source: move?.0), left.host) < (rank(right, source: move?.0), right.host)
            }
            return best.map { best in
                MachineObservation(
                    id: best.name, host: best.host, state: state(best.state, ran: move?.1 ?? true), vcpus: best.vcpus,
                    memoryBytes: best.memoryBytes)
            }
        }
    }

    /// Running before paused, paused before waiting for memory, all before a definition that is only left behind.
    private static func rank(_ sighting: Sighting, source: String?) -> Int {
        switch (sighting.state.kind, sighting.state.detail) {
        case (.running, _): 0
        case (.paused, .none): 1
        case (.paused, .migration) where sighting.host == source: 2
        case (.paused, _): 3
        case (.stopped, .none): 4
        case (.stopped, _): 5
        }
    }

    /// A guest that only stands still for its hand-over counts as running.
    private static func state(_ state: DomainState, ran: Bool) -> VirtualMachine.State {
        switch (state.kind, state.detail) {
        case (.running, _): .running
        case (.paused, .migration), (.paused, .postCopy): ran ? .running : .paused
        case (.paused, _): .paused
        case (.stopped, _): .stopped
        }
    }
}
