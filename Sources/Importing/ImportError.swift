/// Why an import was refused as a whole. Single bad rows are counted instead.
public struct ImportError: Error, Sendable, Hashable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
