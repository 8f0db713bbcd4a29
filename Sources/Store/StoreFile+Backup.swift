import GRDB
import Glibc

extension StoreFile {
    /// Writes a copy of the whole store as it stands at this moment, while others go on reading and writing.
    ///
    /// The destination must not exist. It appears under its name only when it is complete and on the disk.
    public func backup(to destination: String) throws {
        guard FileReader.isMissing(path: destination) else {
            throw StoreError(code: .conflict, message: "\(destination): exists already; a backup replaces nothing")
        }
        let partial = "\(destination).partial-\(getpid())"
        _ = unlink(partial)
        do {
            try Self.translating(path: path) {
                let source = try DatabaseQueue(
                    path: path, configuration: Self.configuration(synchronous: "FULL"))
                try source.writeWithoutTransaction { database in
                    try database.execute(sql: "VACUUM INTO ?", arguments: [partial])
                }
                try source.close()
            }
            try StoreReplacement.synchronise(partial)
            guard link(partial, destination) == 0 else {
                throw StoreReplacement.failure("the backup cannot be given its name", destination)
            }
            _ = unlink(partial)
            try StoreReplacement.synchroniseFolder(of: destination)
        } catch {
            _ = unlink(partial)
            throw error
        }
    }

    /// Puts a backup in the place of a store, after it has been verified; what stood there is kept beside it.
    ///
    /// Refused when the backup is damaged, of a newer version or no store, and when another process has the store open.
    /// - Returns: where the former file is now; `nil` when there was none.
    public static func restore(from backup: String, to path: String) throws -> String? {
        try StoreInspection.examine(path: backup, creating: false)
        let fresh = "\(path).restoring-\(getpid())"
        _ = unlink(fresh)
        do {
            try copy(backup, to: fresh)
            try StoreReplacement.synchronise(fresh)
            let kept = try StoreReplacement.setAside(path)
            guard rename(fresh, path) == 0 else {
                throw StoreReplacement.failure("the backup cannot be put in place", path)
            }
            try StoreReplacement.synchroniseFolder(of: path)
            return kept
        } catch {
            for suffix in ["", "-wal", "-shm", "-journal"] { _ = unlink(fresh + suffix) }
            throw error
        }
    }

    /// Copies page by page with a lock, so that a backup that somebody opened meanwhile cannot tear; then reads it all.
    private static func copy(_ backup: String, to fresh: String) throws {
        try translating(path: backup) {
            let source = try DatabaseQueue(
                path: backup, configuration: configuration(synchronous: "NORMAL", readOnly: true))
            let target = try DatabaseQueue(path: fresh, configuration: configuration(synchronous: "FULL"))
            try source.backup(to: target)
            let problem = try target.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA journal_mode = DELETE")
                return try String.fetchOne(database, sql: "PRAGMA integrity_check(1)")
            }
            guard problem == "ok" else {
                throw StoreError(
                    code: .damaged, message: "\(backup): the backup is damaged (\(problem ?? "")); nothing was changed")
            }
            try target.close()
            try source.close()
        }
    }
}

/// Moves files about without a moment at which neither the old nor the new is there.
enum StoreReplacement {
    /// Gives a store that nobody uses a second name, and folds its write-ahead log into it.
    ///
    /// A damaged file cannot be folded: it is set aside with its log as it is.
    static func setAside(_ path: String) throws -> String? {
        guard !FileReader.isMissing(path: path) else { return nil }
        let kept = unusedName(for: path)
        try foldLog(of: path)
        guard link(path, kept) == 0 else { throw failure("the former file cannot be kept as \(kept)", path) }
        // What is left of a log belongs to the old file; beside the new one SQLite would replay it.
        for suffix in ["-wal", "-journal"] where !FileReader.isMissing(path: path + suffix) {
            guard rename(path + suffix, kept + suffix) == 0 else {
                throw failure("the former log cannot be kept", path + suffix)
            }
        }
        _ = unlink(path + "-shm")
        return kept
    }

    /// Takes the file out of WAL mode, which SQLite does only when no other connection is open.
    private static func foldLog(of path: String) throws {
        do {
            try StoreFile.translating(path: path) {
                var configuration = StoreFile.configuration(synchronous: "FULL")
                configuration.busyMode = .immediateError
                let queue = try DatabaseQueue(path: path, configuration: configuration)
                let mode = try queue.writeWithoutTransaction { database in
                    try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE")
                }
                try queue.close()
                guard mode == "delete" else { throw inUse(path) }
            }
        } catch let error as StoreError {
            switch error.code {
            case .damaged, .notAStore: return
            case .busy: throw inUse(path)
            default: throw error
            }
        }
    }

    private static func inUse(_ path: String) -> StoreError {
        StoreError(
            code: .busy,
            message: "\(path): another process has the store open; end it, then restore. Nothing was changed")
    }

    private static func unusedName(for path: String) -> String {
        var number = 1
        while !FileReader.isMissing(path: "\(path).before-restore-\(number)") { number += 1 }
        return "\(path).before-restore-\(number)"
    }

    static func synchronise(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be opened", path) }
        defer { _ = Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot be written to the disk", path) }
    }

    /// A new name is on the disk only when its folder is.
    static func synchroniseFolder(of path: String) throws {
        let end = path.lastIndex(of: "/")
        let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        try synchronise(folder)
    }

    static func failure(_ what: String, _ path: String) -> StoreError {
        StoreError(code: .inputOutput, message: "\(path): \(what): \(String(cString: strerror(errno)))")
    }
}
