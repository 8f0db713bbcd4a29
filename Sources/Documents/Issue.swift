/// One thing that is wrong (or, as a warning, doubtful) in a document: where it stands, and what it is.
public struct DocumentIssue: Sendable, Hashable, CustomStringConvertible {
    /// The name under which the document was read: a path, or `<stdin>`.
    public let file: String
    /// Counted from 1; `nil` when the value did not come from a place in a file (a `--set` on the command line).
    public let line: Int?
    /// Counted from 1, in Unicode scalars.
    public let column: Int?
    /// The place in the document's tree, for example `hosts[3].memoryBytes`; empty for the document itself.
    public let path: String
    /// What was found and what is allowed, without the place.
    public let message: String

    public init(file: String, line: Int? = nil, column: Int? = nil, path: String, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
    }

    /// One line: `FILE:12:5: hosts[3].memoryBytes: found -5, allowed: a whole number of bytes, 0 or more`.
    public var description: String {
        var place = file
        if let line, let column { place += ":\(line):\(column)" }
        return path.isEmpty ? "\(place): \(message)" : "\(place): \(path): \(message)"
    }
}

/// Everything that is wrong in a document. Nothing of such a document is used.
public struct DocumentErrors: Error, Sendable, Hashable, CustomStringConvertible {
    /// At most this many are kept word by word, so that a hostile document cannot turn each byte into a message.
    public static let limit = 1000

    /// In the order in which they stand in the document; at least one.
    public let issues: [DocumentIssue]
    /// How many more there were beyond `limit`.
    public let omittedCount: Int

    public init(issues: [DocumentIssue], omittedCount: Int = 0) {
        self.issues = issues
        self.omittedCount = omittedCount
    }

    /// One line an error.
    public var description: String {
        let lines = issues.map(\.description)
        guard omittedCount > 0 else { return lines.joined(separator: "\n") }
        return (lines + ["\(issues.first?.file ?? ""): and \(omittedCount) more errors"]).joined(separator: "\n")
    }
}

/// A document's value, and what is doubtful in it.
public struct Reading<Value: Sendable>: Sendable {
    public let value: Value
    public let warnings: [DocumentIssue]

    public init(value: Value, warnings: [DocumentIssue] = []) {
        self.value = value
        self.warnings = warnings
    }
}
