import GRDB

/// Why the store could not do what was asked of it.
public struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// There is no such file.
        case missing
        /// The file is something else.
        case notAStore
        /// A newer Drover wrote it.
        case newerVersion
        /// SQLite finds it damaged. Nothing of it was deleted.
        case damaged
        /// There is no such cluster, plan or run in it.
        case unknown
        /// What was to be written breaks a rule of the store.
        case invalid
        /// What was to be created is there already, or belongs to somebody else.
        case conflict
        /// Another process holds the file.
        case busy
        /// The disk is full, or refuses to read or write.
        case inputOutput
    }

    public let code: Code
    public let message: String

    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

extension StoreError {
    /// What SQLite reports, told by its result code, with the file's name.
    init(_ error: DatabaseError, path: String) {
        let detail = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT:
            self.init(code: .damaged, message: Self.damaged(path: path, detail: detail))
        case .SQLITE_NOTADB:
            self.init(code: .notAStore, message: "\(path): not a Drover store: \(detail)")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(code: .busy, message: "\(path): another process holds the store: \(detail)")
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG:
            self.init(code: .invalid, message: "\(path): refused by the schema: \(detail)")
        default:
            self.init(code: .inputOutput, message: "\(path): \(detail)")
        }
    }

    static func damaged(path: String, detail: String) -> String {
        "\(path): the store is damaged (\(detail)); nothing of it was deleted. "
            + "`drover store check` says what is wrong, `drover store restore` puts a backup in its place"
    }
}
