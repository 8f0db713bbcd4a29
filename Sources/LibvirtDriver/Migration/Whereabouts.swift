internal import Libvirt

/// Where a VM is, by each end's own answer, and what follows from it.
struct Whereabouts: Sendable, Hashable, CustomStringConvertible {
    /// What one end says.
    enum Side: Sendable, Hashable, CustomStringConvertible {
        /// The host does not answer.
        case silent
        case absent
        case present(state: DomainState)

        var state: DomainState? {
            guard case .present(let state) = self, state.kind != .stopped else { return nil }
            return state
        }

        var description: String {
            switch self {
            case .silent: "does not answer"
            case .absent: "does not have it"
            case .present(let state): "has it \(state)"
            }
        }
    }

    /// What is true of a migration that nobody works on any more.
    enum Verdict: Sendable, Hashable {
        case atDestination
        /// It arrived, but stands still there.
        case pausedAtDestination
        /// It runs at the destination, which still fetches its memory.
        case fetching
        case atSource
        /// It never left, but stands still.
        case pausedAtSource
        /// It runs at the destination; the source still holds the stopped copy.
        case copyLeftAtSource
        /// Post-copy broke, and both ends hold a part of its memory.
        case split
        /// Post-copy broke, and the destination's part is gone.
        case lost
        /// It is active at neither end.
        case nowhere
        /// It runs at both ends: must never be.
        case twice
        /// Not to be told yet: a hand-over at work, or a host that does not answer.
        case undecided
    }

    let source: Side
    let destination: Side

    var description: String { "the source \(source), the destination \(destination)" }

    var verdict: Verdict {
        switch destination.state.map({ ($0.kind, $0.detail) }) {
        case (.running, .postCopy)?: return .fetching
        case (.running, _)?: return verdictOfArrived
        case (.paused, .postCopyFailed)?: return source.state == nil ? .lost : .split
        case (.paused, .migration)?, (.paused, .postCopy)?: return verdictOfIncoming
        case (.paused, _)?: return source.state == nil ? .pausedAtDestination : .undecided
        case (.stopped, _)?, nil: return verdictWithoutDestination
        }
    }

    /// It runs at the destination.
    private var verdictOfArrived: Verdict {
        switch source.state?.kind {
        case .running?: .twice
        case .paused?: .copyLeftAtSource
        // A source that is silent cannot run it: it is started at the destination only when it has stopped there.
        case .stopped?, nil: .atDestination
        }
    }

    /// The destination waits for memory. While the source runs it, it is there; the destination's part goes away.
    private var verdictOfIncoming: Verdict {
        source.state?.kind == .running ? .atSource : .undecided
    }

    private var verdictWithoutDestination: Verdict {
        guard let state = source.state else {
            return source == .silent || destination == .silent ? .undecided : .nowhere
        }
        switch (state.kind, state.detail) {
        case (.running, _): return .atSource
        case (_, .postCopy), (_, .postCopyFailed): return destination == .silent ? .undecided : .lost
        case (_, .migration) where destination == .silent: return .undecided
        default: return .pausedAtSource
        }
    }
}

extension Whereabouts {
    /// Asks both hosts. A domain of that name that is another one, by its UUID, does not count.
    init(vm: String, uuid: String, source: HostLink, destination: HostLink) {
        self.init(
            source: Self.side(vm, uuid, source), destination: Self.side(vm, uuid, destination))
    }

    private static func side(_ vm: String, _ uuid: String, _ link: HostLink) -> Side {
        do throws(LibvirtError) {
            return try link.blocking { (connection) throws(LibvirtError) -> Side in
                guard let domain = try connection.domain(named: vm), domain.uuid == uuid else { return .absent }
                return .present(state: try domain.state())
            }
        } catch {
            // It went away between the two questions: the next look will say so. Anything else is no answer.
            return error.isDomainGone ? .absent : .silent
        }
    }
}
