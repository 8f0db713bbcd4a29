internal import CSQLite
public import Foundation
internal import Testing

/// A folder for one test.
public final class Scratch: Sendable {
    public let path: String

    public init() throws {
        path = NSTemporaryDirectory() + "drover-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        // What is left lies in the system's folder for temporary files.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// A new folder in it.
    public func folder(_ name: String) throws -> URL {
        let folder = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    public func write(_ text: String, to name: String) throws {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
    }

    public func read(_ name: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }

    public func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
    }

    public var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted() }
    }

    /// Runs `drover` in this folder.
    public func drover(_ arguments: String..., input: String = "") async throws -> Programs.Outcome {
        try await Programs.run(Programs.drover, arguments, in: path, input: input)
    }

    public func drover(_ arguments: [String]) async throws -> Programs.Outcome {
        try await Programs.run(Programs.drover, arguments, in: path)
    }

    /// The rows of a query on an SQLite file in this folder, read with the C library alone; NULL is empty.
    public func query(_ file: String, _ query: String) throws -> [[String]] {
        var database: OpaquePointer?
        defer { sqlite3_close(database) }
        try #require(sqlite3_open_v2("\(path)/\(file)", &database, SQLITE_OPEN_READONLY, nil) == SQLITE_OK)
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        try #require(sqlite3_prepare_v2(database, query, -1, &statement, nil) == SQLITE_OK, "\(query)")
        var rows: [[String]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append(
                (0..<sqlite3_column_count(statement)).map { column in
                    sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
                })
        }
        return rows
    }
}
