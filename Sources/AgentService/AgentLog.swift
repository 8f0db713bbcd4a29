import Glibc

/// The agent's log: plain lines on the standard error, for journald or a file to keep.
public struct AgentLog: Sendable {
    private let write: @Sendable (String) -> Void

    public init(write: @escaping @Sendable (String) -> Void) {
        self.write = write
    }

    public static let standardError = AgentLog { line in
        let bytes = Array("drover-agent: \(line)\n".utf8)
        // One call a line, so that lines of several writers do not mix. There is nowhere to report a failure to.
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    public func note(_ message: String) { write(Self.printable(message)) }

    public func warning(_ message: String) { write("warning: " + Self.printable(message)) }

    /// Text from outside (a name, a server's answer) must not forge lines or move the cursor.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
