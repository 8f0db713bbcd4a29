/// Measures parts of Drover: `drover-bench NAME [KEY=VALUE]...`.
import Glibc

let arguments = BenchArguments(CommandLine.arguments.dropFirst())
do {
    try BenchCatalog.run(arguments)
} catch {
    let message = "drover-bench: \(error)\n"
    _ = message.utf8CString.withUnsafeBufferPointer { write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
    exit(1)
}
