public import Foundation

/// Files that tests read: those of the repository, and the test data that lies beside it and is no part of it.
public enum TestFiles {
    public static let repository: URL = {
        let file = URL(filePath: #filePath).resolvingSymlinksInPath()
        return file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }()

    /// `../shared`, or where `DROVER_SHARED` points.
    public static let shared: URL =
        ProcessInfo.processInfo.environment["DROVER_SHARED"].map { URL(filePath: $0) }
        ?? repository.deletingLastPathComponent().appending(path: "shared")

    /// For `.enabled(if:)`: tests that need the data are skipped, and say so, where it is absent.
    public static func sharedExists(_ relative: String) -> Bool {
        FileManager.default.fileExists(atPath: sharedPath(relative))
    }

    /// The path of something in the shared data.
    public static func sharedPath(_ relative: String) -> String { shared.appending(path: relative).path() }

    /// The files of a folder with a suffix, by name; none when the folder is absent.
    public static func files(in folder: URL, ending suffix: String) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().map { folder.appending(path: $0) }
    }

    public static func bytes(_ url: URL) throws -> [UInt8] { Array(try Data(contentsOf: url)) }
}
