internal import Foundation
internal import ProgramSupport
internal import TestSupport

/// A Redfish service that gives recorded answers, by sushy-tools' static server; what no emulator has can be asked here.
/// Listens on loopback, and is gone when the last reference to it is.
public final class RecordedRedfish: Sendable {
    public let port: Int
    private let files: Scratch
    private let server: Programs.Running

    /// - Parameter answers: JSON by the path below `/redfish/v1`, without a slash at its begin.
    public init(answers: [String: String]) throws {
        files = try Scratch()
        port = LoopbackPort.free()
        for (path, answer) in answers {
            let folder = try files.folder("answers/\(path)")
            try answer.write(to: folder.appending(path: "index.json"), atomically: true, encoding: .utf8)
        }
        server = try Programs.start(
            "\(RedfishEmulator.folder)/bin/python3",
            [
                "-m", "sushy_tools.static.main", "--interface", "127.0.0.1", "--port", "\(port)", "--mockup-files",
                "\(files.path)/answers",
            ], in: files.path)
        for _ in 0..<300 where !LoopbackPort.answers(port) && !server.hasEnded { Thread.sleep(forTimeInterval: 0.1) }
        guard LoopbackPort.answers(port) else { throw EmulatorError(program: "sushy-static", port: port) }
    }

    deinit { server.kill() }

    public func address(of system: String) -> String { "http://127.0.0.1:\(port)/redfish/v1/Systems/\(system)" }
}
