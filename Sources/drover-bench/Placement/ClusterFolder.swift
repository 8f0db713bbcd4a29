import ClusterModel
import Documents
import Foundation

/// A folder with `NAME.cluster.json` files.
struct ClusterFolder {
    let path: String

    func cluster(_ name: String) throws -> Cluster {
        let file = "\(path)/\(name).cluster.json"
        let bytes = try Data(contentsOf: URL(filePath: file))
        return try ClusterDocument.read(Array(bytes), name: file).value
    }
}

/// A folder for what a benchmark writes, gone with its owner.
final class ScratchFolder {
    let path: String

    /// - Parameter parent: the folder in which it is made.
    init(in parent: String) throws {
        path = "\(parent)/drover-bench-\(getpid())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func write(_ text: String, as name: String) throws -> String {
        let file = "\(path)/\(name)"
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        return file
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
