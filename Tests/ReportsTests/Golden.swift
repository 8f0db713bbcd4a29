import Foundation
import Testing

/// Output compared with a file under `Golden`. With `DROVER_RECORD=1` in the environment the file is written instead.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
    let file = folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["DROVER_RECORD"] == "1" {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    guard text != expected else { return }
    let (found, wanted) = (text.split(separator: "\n"), expected.split(separator: "\n"))
    let line = zip(found, wanted).enumerated().first { $1.0 != $1.1 }?.offset ?? min(found.count, wanted.count)
    let shown = (line < found.count ? found[line] : "(end)", line < wanted.count ? wanted[line] : "(end)")
    Issue.record(
        "\(name) differs from line \(line + 1): found '\(shown.0)', recorded '\(shown.1)'",
        sourceLocation: sourceLocation)
}
