import AgentService
import Randomness
import Testing

@Suite struct SendingTests {
    private enum Kind { case accepted, refused, retry }

    @Test(arguments: [200, 201, 204])
    func accepted(_ status: Int) {
        #expect(SendOutcome(answer: HTTPAnswer(status: status, retryAfterSeconds: nil, bodyStart: [])) == .accepted)
    }

    @Test(arguments: [400, 409, 413, 415, 422])
    func refused(_ status: Int) {
        let answer = HTTPAnswer(status: status, retryAfterSeconds: nil, bodyStart: Array("no\n\u{1b}[2Jgood".utf8))
        #expect(SendOutcome(answer: answer) == .refused(reason: "status \(status): no  [2Jgood"))
    }

    @Test(arguments: [301, 401, 403, 404, 405, 408, 429, 500, 502, 503, 504])
    func keptForLater(_ status: Int) {
        guard case .retry = SendOutcome(answer: HTTPAnswer(status: status, retryAfterSeconds: nil, bodyStart: []))
        else {
            Issue.record("\(status) must not cost a batch")
            return
        }
    }

    @Test func backsOffAndComesBack() {
        var generator = SplitMix64(seed: 1)
        var backoff = Backoff()
        var last = 0.0
        for failure in 0..<60 {
            let seconds = backoff.nextSeconds(atLeastSeconds: nil, using: &generator)
            let full = min(120, Double(1 << min(failure, 7)))
            #expect(seconds >= full / 2 && seconds <= full)
            last = seconds
        }
        #expect(last >= 60)
        #expect(backoff.nextSeconds(atLeastSeconds: 600, using: &generator) == 600)
        #expect(backoff.nextSeconds(atLeastSeconds: .max, using: &generator) == 3600)
        backoff.reset()
        #expect(backoff.nextSeconds(atLeastSeconds: -5, using: &generator) <= 1)
    }
}
