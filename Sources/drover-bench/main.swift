/// Measures parts of Drover: `drover-bench NAME [KEY=VALUE]...`.
import Glibc

let arguments = BenchArguments(CommandLine.arguments.dropFirst())
do {
    try BenchCatalog.run(arguments)
} catch {
    fputs("drover-bench: \(error)\n", stderr)
    exit(1)
}
