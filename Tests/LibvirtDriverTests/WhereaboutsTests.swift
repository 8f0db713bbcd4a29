import Libvirt
import Testing

@testable import LibvirtDriver

/// What both ends' answers mean together: written out, since a VM's life depends on it.
@Suite struct WhereaboutsTests {
    private static func present(_ kind: DomainState.Kind, _ detail: DomainState.Detail = .none) -> Whereabouts.Side {
        .present(state: DomainState(kind: kind, detail: detail))
    }

    private static let cases: [(Whereabouts.Side, Whereabouts.Side, Whereabouts.Verdict)] = [
        // The source runs it: it is there, whatever the destination prepared.
        (present(.running), .absent, .atSource),
        (present(.running), present(.stopped), .atSource),
        (present(.running), present(.paused, .migration), .atSource),
        (present(.running), .silent, .atSource),
        // The destination runs it.
        (.absent, present(.running), .atDestination),
        (present(.stopped, .migratedAway), present(.running), .atDestination),
        (.silent, present(.running), .atDestination),
        (present(.paused, .migration), present(.running), .copyLeftAtSource),
        (present(.paused, .postCopy), present(.running, .postCopy), .fetching),
        (.silent, present(.running, .postCopy), .fetching),
        (present(.running), present(.running), .twice),
        // Between the two.
        (present(.paused, .migration), present(.paused, .migration), .undecided),
        (present(.paused, .migration), .silent, .undecided),
        (.absent, present(.paused, .migration), .undecided),
        (.silent, present(.paused, .migration), .undecided),
        (.absent, present(.paused), .pausedAtDestination),
        // Back at the source, but still stopped for the hand-over that did not come, or by its owner.
        (present(.paused, .migration), .absent, .pausedAtSource),
        (present(.paused), .absent, .pausedAtSource),
        // Post-copy broke.
        (present(.paused, .postCopyFailed), present(.paused, .postCopyFailed), .split),
        (present(.paused, .postCopyFailed), .absent, .lost),
        (present(.paused, .postCopy), .absent, .lost),
        (present(.paused, .postCopyFailed), .silent, .undecided),
        (.absent, present(.paused, .postCopyFailed), .lost),
        // Nobody has it; that is only known when both answer.
        (.absent, .absent, .nowhere),
        (present(.stopped), .absent, .nowhere),
        (.silent, .absent, .undecided),
        (.absent, .silent, .undecided),
        (.silent, .silent, .undecided),
    ]

    @Test(arguments: cases) func verdict(
        source: Whereabouts.Side, destination: Whereabouts.Side, expected: Whereabouts.Verdict
    ) {
        #expect(Whereabouts(source: source, destination: destination).verdict == expected)
    }
}
