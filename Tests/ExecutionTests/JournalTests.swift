import ClusterModel
import Execution
import TestSupport
import Testing

@Suite("The journal's text and rules")
struct JournalTests {
    /// Every kind of event as it stands in files that exist: these texts never change.
    static let eventTexts: [(JournalEvent, String)] = [
        (
            .runStarted(plan: "p1", steps: 2, startedBy: "me"),
            #"{"runStarted":{"plan":"p1","startedBy":"me","steps":2}}"#
        ),
        (.runResumed(startedBy: "me"), #"{"runResumed":{"startedBy":"me"}}"#),
        (.stepIntended(step: "s1", attempt: 1), #"{"stepIntended":{"attempt":1,"step":"s1"}}"#),
        (.stepBegun(step: "s1", attempt: 1), #"{"stepBegun":{"attempt":1,"step":"s1"}}"#),
        (.stepNotBegun(step: "s1", attempt: 1), #"{"stepNotBegun":{"attempt":1,"step":"s1"}}"#),
        (
            .stepPhase(step: "s1", attempt: 1, phase: "transferring"),
            #"{"stepPhase":{"attempt":1,"phase":"transferring","step":"s1"}}"#
        ),
        (
            .cancelIntended(step: "s1", attempt: 1, reason: .timedOut),
            #"{"cancelIntended":{"attempt":1,"reason":"timedOut","step":"s1"}}"#
        ),
        (
            .stepEnded(
                step: "s1", attempt: 1,
                outcome: .succeeded(
                    measurement: Measurement(
                        startedAt: .testMoment, endedAt: .testMoment.adding(seconds: 1.5), downtimeMilliseconds: 12)),
                retryAt: nil, record: nil),
            #"{"stepEnded":{"attempt":1,"outcome":{"succeeded":{"measurement":{"downtimeMilliseconds":12,"#
                + #""endedAt":"2026-11-21T00:00:01.500Z","rounds":0,"startedAt":"2026-11-21T00:00:00Z","#
                + #""transferBytes":0}}},"step":"s1"}}"#
        ),
        (
            .stepEnded(
                step: "s1", attempt: 1, outcome: .failed(failure: StepFailure(code: .noRoom, message: "full")),
                retryAt: .testMoment, record: nil),
            #"{"stepEnded":{"attempt":1,"outcome":{"failed":{"failure":{"code":"noRoom","message":"full"}}},"#
                + #""retryAt":"2026-11-21T00:00:00Z","step":"s1"}}"#
        ),
        (.stepAlreadyDone(step: "s1"), #"{"stepAlreadyDone":{"step":"s1"}}"#),
        (
            .stepSkipped(step: "s1", reason: .noRoom(host: "a", resource: "cpu")),
            #"{"stepSkipped":{"reason":{"noRoom":{"host":"a","resource":"cpu"}},"step":"s1"}}"#
        ),
        (
            .controlled(command: .pause, request: 3, by: "ada"),
            #"{"controlled":{"by":"ada","command":"pause","request":3}}"#
        ),
        (
            .stopping(reason: .failureBudget(failures: 3, budget: 3)),
            #"{"stopping":{"reason":{"failureBudget":{"budget":3,"failures":3}}}}"#
        ),
        (
            .rungIntended(
                step: "s1", attempt: 1, rung: .raisePause, adjustment: .pauseLimit(milliseconds: 950),
                reason: .notConverging(round: 9)),
            #"{"rungIntended":{"adjustment":{"pauseLimit":{"milliseconds":950}},"attempt":1,"#
                + #""reason":{"notConverging":{"round":9}},"rung":"raisePause","step":"s1"}}"#
        ),
        (
            .rungIntended(
                step: "s1", attempt: 1, rung: .postCopy, adjustment: .postCopy, reason: .late(expectedSeconds: 12.5)),
            #"{"rungIntended":{"adjustment":{"postCopy":{}},"attempt":1,"#
                + #""reason":{"late":{"expectedSeconds":12.5}},"rung":"postCopy","step":"s1"}}"#
        ),
        (
            .rungAnswered(step: "s1", attempt: 1, rung: .throttle, refusal: nil),
            #"{"rungAnswered":{"attempt":1,"rung":"throttle","step":"s1"}}"#
        ),
        (
            .rungAnswered(step: "s1", attempt: 1, rung: .throttle, refusal: "no"),
            #"{"rungAnswered":{"attempt":1,"refusal":"no","rung":"throttle","step":"s1"}}"#
        ),
        (
            .stopping(reason: .basisLost(reason: .hostFailed(host: "a"))),
            #"{"stopping":{"reason":{"basisLost":{"reason":{"hostFailed":{"host":"a"}}}}}}"#
        ),
        (.runEnded(outcome: .outdated), #"{"runEnded":{"outcome":"outdated"}}"#),
        (.runEnded(outcome: .partial), #"{"runEnded":{"outcome":"partial"}}"#),
    ]

    @Test(arguments: eventTexts)
    func textStays(event: JournalEvent, text: String) throws {
        #expect(try event.text() == text)
        #expect(try JournalEvent(text: text) == event)
    }

    @Test("what cannot be read says so", arguments: ["", "{}", "[]", #"{"stepBegun":{}}"#, #"{"else":{}}"#])
    func unreadable(text: String) {
        let error = #expect(throws: JournalError.self) { try JournalEvent(text: text) }
        #expect(error?.code == .corrupt)
    }

    @Test("leases: one holder, growing fences, a stale fence writes nothing")
    func leases() async throws {
        let journal = InMemoryJournal()
        let now = Timestamp.testMoment
        let first = try await journal.acquireLease(
            cluster: "c", holder: "one", now: now, seconds: 30, displacing: nil)
        let held = await #expect(throws: JournalError.self) {
            try await journal.acquireLease(
                cluster: "c", holder: "two", now: now.adding(seconds: 29), seconds: 30, displacing: "three")
        }
        #expect(
            held?.message == "cluster c is being worked on by one (lease until 2026-11-21T00:00:30Z); one executor per "
                + "cluster is allowed")
        // Another cluster is another lease.
        _ = try await journal.acquireLease(cluster: "d", holder: "two", now: now, seconds: 30, displacing: nil)
        let second = try await journal.acquireLease(
            cluster: "c", holder: "two", now: now.adding(seconds: 30), seconds: 30, displacing: nil)
        #expect(second.fence > first.fence)
        let stale = await #expect(throws: JournalError.self) {
            try await journal.append(
                .runEnded(outcome: .completed), run: "r", cluster: "c", fence: first.fence, at: now)
        }
        #expect(stale?.code == .staleFence)
        let renewal = await #expect(throws: JournalError.self) {
            try await journal.renewLease(first, now: now, seconds: 30)
        }
        #expect(renewal?.code == .staleFence)
        try await journal.releaseLease(first)
        #expect(try await journal.lease(ofCluster: "c")?.holder == "two")
        try await journal.releaseLease(second)
        #expect(try await journal.entries(ofRun: "r", after: 0) == [])
        let released = await #expect(throws: JournalError.self) {
            try await journal.append(
                .runEnded(outcome: .completed), run: "r", cluster: "c", fence: second.fence, at: now)
        }
        #expect(released?.code == .staleFence)
    }
}
