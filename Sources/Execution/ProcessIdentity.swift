internal import FoundationEssentials

/// Names a process so that another one can tell whether it still lives.
///
/// A process number alone is reused; with the moment of its start, the boot of the machine and the process namespace it
/// is unique. What runs elsewhere cannot be judged from here and counts as alive until its lease expires.
public struct ProcessIdentity: Sendable, Hashable {
    public let processID: Int32
    /// Clock ticks from boot to the process's start, field 22 of `/proc/PID/stat`.
    public let startTicks: UInt64
    /// `/proc/sys/kernel/random/boot_id`.
    public let boot: String
    /// The target of `/proc/self/ns/pid`; process numbers mean the same only within one.
    public let namespace: String

    public init(processID: Int32, startTicks: UInt64, boot: String, namespace: String) {
        self.processID = processID
        self.startTicks = startTicks
        self.boot = boot
        self.namespace = namespace
    }

    /// This process.
    public static func current() -> ProcessIdentity {
        let id = ProcessInfo.processInfo.processIdentifier
        return ProcessIdentity(
            processID: id, startTicks: stat(of: id)?.startTicks ?? 0, boot: currentBoot,
            namespace: currentNamespace ?? "unknown")
    }

    /// `process PID started TICKS boot ID in NAMESPACE`, as leases carry it.
    public var text: String { "process \(processID) started \(startTicks) boot \(boot) in \(namespace)" }

    /// Reads what `text` wrote.
    public init?(text: String) {
        let words = text.split(separator: " ")
        guard words.count == 8, words[0] == "process", let processID = Int32(words[1]), words[2] == "started",
            let startTicks = UInt64(words[3]), words[4] == "boot", words[6] == "in"
        else { return nil }
        self.init(
            processID: processID, startTicks: startTicks, boot: String(words[5]), namespace: String(words[7]))
    }

    /// Whether it is certain that the process no longer runs: same boot, same namespace, and its number is gone,
    /// belongs to another process, or to the remains of this one that nobody has collected.
    public var isKnownDead: Bool {
        guard let here = Self.currentNamespace, namespace == here, boot == Self.currentBoot, !boot.isEmpty,
            startTicks > 0
        else { return false }
        guard let stat = Self.stat(of: processID) else { return true }
        return stat.startTicks != startTicks || stat.state == "Z" || stat.state == "X"
    }

    private static func stat(of processID: Int32) -> (state: Substring, startTicks: UInt64)? {
        guard let text = contents("/proc/\(processID)/stat"), let close = text.lastIndex(of: ")") else { return nil }
        // The name before it may hold anything; after it come the state (field 3) and, as field 22, the start.
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let ticks = UInt64(fields[19]) else { return nil }
        return (fields[0], ticks)
    }

    private static var currentBoot: String {
        (contents("/proc/sys/kernel/random/boot_id") ?? "").filter { !$0.isWhitespace }
    }

    /// `nil` when it cannot be read; then nobody is ever known to be dead.
    private static var currentNamespace: String? {
        do {
            return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        } catch {
            return nil
        }
    }

    private static func contents(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
