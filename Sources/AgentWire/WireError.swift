/// Why a batch was refused. A batch is taken whole or not at all.
public struct WireError: Error, Sendable, Hashable {
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The body is longer than the limit.
        case bodyTooLarge
        /// Not a message of this kind: truncated, a field of the wrong type, or no protobuf at all.
        case malformed
        /// Unpacking it would take more memory than the limit.
        case memoryLimit
        case tooManySamples
        /// A version, metric or other number that this program does not know.
        case unknown
        /// A text that is empty, too long, not UTF-8, or holds control characters.
        case invalidText
        /// NaN, infinite, negative or absurdly large.
        case invalidNumber
        case timestampOutOfRange
        /// The same sample or the same metric twice, or lists that do not match.
        case inconsistent
    }

    public let code: Code
    /// What was found, where in the batch, and what is allowed.
    public let message: String

    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

extension WireError: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(message)" }
}
