import Foundation
import Testing

/// The built programs, as an operator runs them.
enum Programs {
    /// The root of the package, found from this file.
    static let root: String = {
        var path = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { path.deleteLastPathComponent() }
        return path.path
    }()

    static let drover = "\(root)/.build/release/drover"
    static let agent = "\(root)/.build/release/drover-agent"

    /// Clusters and traces to measure by, beside the package; tests that need them are skipped without.
    static let shared = ProcessInfo.processInfo.environment["DROVER_SHARED"] ?? "\(root)/../shared"
    static let hasShared = FileManager.default.fileExists(atPath: "\(shared)/clusters/q10.cluster.json")

    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String
        let seconds: Double
    }

    /// Runs a program to its end, in a folder.
    static func run(
        _ program: String = drover, _ arguments: [String], in folder: String, input: String = ""
    ) throws -> Outcome {
        let process = try start(program, arguments, in: folder, input: input)
        let begun = Date()
        process.process.waitUntilExit()
        return Outcome(
            status: process.process.terminationReason == .exit ? process.process.terminationStatus : -1,
            output: try String(contentsOfFile: process.output, encoding: .utf8),
            errors: try String(contentsOfFile: process.errors, encoding: .utf8),
            seconds: Date().timeIntervalSince(begun))
    }

    /// A program that goes on beside the test.
    struct Running {
        let process: Process
        let output: String
        let errors: String

        func kill() {
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    static func start(_ program: String, _ arguments: [String], in folder: String, input: String = "") throws -> Running
    {
        let name = UUID().uuidString
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = [
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DROVER_POLICIES": "\(root)/policies", "USER": "tester",
        ]
        for ending in ["in", "out", "err"] {
            let content = ending == "in" ? Data(input.utf8) : Data()
            try #require(FileManager.default.createFile(atPath: "\(folder)/.\(name).\(ending)", contents: content))
        }
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: "\(folder)/.\(name).in"))
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(folder)/.\(name).out"))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(folder)/.\(name).err"))
        try process.run()
        return Running(process: process, output: "\(folder)/.\(name).out", errors: "\(folder)/.\(name).err")
    }
}

/// A folder for one test.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "drover-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        // What is left lies in the system's folder for temporary files.
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
    }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted() }
    }

    /// Runs `drover` in this folder.
    func drover(_ arguments: String..., input: String = "") throws -> Programs.Outcome {
        try Programs.run(Programs.drover, arguments, in: path, input: input)
    }

    func drover(_ arguments: [String]) throws -> Programs.Outcome {
        try Programs.run(Programs.drover, arguments, in: path)
    }
}
