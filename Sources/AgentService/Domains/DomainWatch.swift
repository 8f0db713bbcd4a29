import Dispatch
import Libvirt
import Sampling
import Synchronization

/// Asks libvirt once a round, on a thread of its own: its calls block, and a daemon that hangs must not hold up the
/// sampling of everything else.
final class DomainWatch: Sendable {
    private struct State {
        var isAsking = false
        var known: Set<String>?
    }

    private let session: Mutex<DomainSession>
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "libvirt")
    private let limitMilliseconds: Int

    init(_ session: DomainSession, limitMilliseconds: Int) {
        state = Mutex(State(known: session.known))
        self.session = Mutex(session)
        self.limitMilliseconds = limitMilliseconds
    }

    /// What the options ask for; `nil`: /proc alone. Throws when libvirt was named and cannot be loaded.
    static func make(
        _ option: LibvirtOption, root: String, dirtyRates: DirtyRateSchedule.Settings?, files: some SystemFiles,
        intervalMilliseconds: Int64, clocks: AgentClocks, log: AgentLog
    ) throws(AgentError) -> DomainWatch? {
        let uri: String
        switch option {
        case .off: return nil
        case .automatic:
            guard root.isEmpty, LibvirtOption.systemSockets.contains(where: { files.exists($0) }) else { return nil }
            uri = LibvirtOption.systemURI
        case .uri(let address): uri = address
        }
        do throws(LibvirtError) {
            let library = try LibvirtLibrary.load()
            try library.startEventLoop()
            let session = DomainSession(
                library, uri: uri, known: option == .automatic ? nil : [], dirtyRates: dirtyRates, clocks: clocks,
                log: log)
            log.note("virtual machines are those of libvirt at \(uri)")
            return DomainWatch(session, limitMilliseconds: Int(max(1000, min(5000, intervalMilliseconds / 2))))
        } catch {
            guard option == .automatic else { throw AgentError(code: .setup, message: error.message) }
            log.note("\(error.message): virtual machines are read from /proc")
            return nil
        }
    }

    /// Its answer, or that it is silent when there is none within the limit; then it is not asked again before it has
    /// answered the old question.
    func ask() async -> DomainsAnswer {
        let silence: DomainsAnswer? = state.withLock { state in
            if state.isAsking { return .silent(known: state.known) }
            state.isAsking = true
            return nil
        }
        if let silence { return silence }
        return await withCheckedContinuation { continuation in
            let once = Once(continuation)
            queue.async {
                let (answer, known) = self.session.withLock { session in (session.ask(), session.known) }
                self.state.withLock { $0 = State(isAsking: false, known: known) }
                once.resume(answer)
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(limitMilliseconds)) {
                once.resume(.silent(known: self.state.withLock { $0.known }))
            }
        }
    }
}

/// A continuation that two may resume: the first counts.
private final class Once: Sendable {
    private let continuation: Mutex<CheckedContinuation<DomainsAnswer, Never>?>

    init(_ continuation: CheckedContinuation<DomainsAnswer, Never>) {
        self.continuation = Mutex(continuation)
    }

    func resume(_ answer: DomainsAnswer) {
        let first = continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        first?.resume(returning: answer)
    }
}
