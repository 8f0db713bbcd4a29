import Foundation

/// Test data that lies beside the repository and is not part of it.
enum SharedFiles {
    static func path(_ relative: String) -> String {
        let root = ProcessInfo.processInfo.environment["DROVER_SHARED"] ?? besideRepository
        return root + "/" + relative
    }

    static func exist(_ relative: String) -> Bool { FileManager.default.fileExists(atPath: path(relative)) }

    private static var besideRepository: String {
        let repository = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return repository.deletingLastPathComponent().appendingPathComponent("shared").path
    }
}
