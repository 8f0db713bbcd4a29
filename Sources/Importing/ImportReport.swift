public import ClusterModel

/// What an import brought, and what it could not use.
public struct ImportReport: Sendable, Hashable {
    /// A row that was not used.
    public struct BadRow: Sendable, Hashable, CustomStringConvertible {
        public let file: String
        /// Counted from 1.
        public let line: Int
        public let reason: String

        public var description: String { "\(file):\(line): \(reason)" }
    }

    /// Bad rows beyond this many are counted, not listed.
    public static let listedRows = 20

    public var files = 0
    /// Rows that were used.
    public var rows = 0
    public var badRowCount = 0
    /// The first of them.
    public var badRows: [BadRow] = []
    /// Good rows of a time that the store no longer keeps.
    public var tooOld = 0
    public var entities = 0
    public var oldest: Timestamp?
    public var newest: Timestamp?
    /// Entities with samples that the inventory does not have, sorted; they count for nothing until it does.
    public var unknownEntities: [String] = []

    public init() {}

    mutating func refuse(file: String, line: Int, _ reason: String) {
        badRowCount += 1
        if badRows.count < Self.listedRows { badRows.append(BadRow(file: file, line: line, reason: reason)) }
    }
}
