import ClusterModel
import Forecasting
import Foundation
import Store

/// A folder for one test, gone with it.
final class Scratch: Sendable {
    let folder: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "drover-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: path(name)))
        return path(name)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path(name))))
    }

    /// A new store with one cluster.
    func store(_ name: String = "a.db", cluster: String = "lab") throws -> ClusterStore {
        try StoreFile(path: path(name), creating: true).cluster(named: cluster, creating: true)
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}

extension Timestamp {
    /// 2026-11-22T00:00:00Z, a Sunday's midnight: begin of an hour, a day and five minutes.
    static let midnight = Timestamp(secondsSinceEpoch: 1_795_305_600)

    static func midnight(plus seconds: Double) -> Timestamp { midnight.adding(seconds: seconds) }
}

extension SampleRow {
    static func vm(_ name: String, at seconds: Double, cpu: Double) -> SampleRow {
        SampleRow(kind: .vm, name: name, at: .midnight(plus: seconds), values: [.cpuCores: cpu])
    }
}
