import Foundation
import Testing

/// Turns the compact traces beside the package into the folders in which researchers have them.
enum TraceFolders {
    static let isThere = FileManager.default.fileExists(atPath: "\(Programs.shared)/traces/planetlab/20110303.csv.gz")

    /// A day of PlanetLab: a file a VM, a whole percentage a line.
    static func planetLab(_ day: String, in scratch: Scratch) async throws -> Int {
        let folder = "\(scratch.path)/\(day)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let lines = try await unzipped("planetlab/\(day).csv.gz", in: scratch).split(separator: "\n")
        for line in lines {
            let fields = line.split(separator: ",")
            let text = fields.dropFirst().joined(separator: "\n") + "\n"
            try text.write(toFile: "\(folder)/\(fields[0])", atomically: false, encoding: .utf8)
        }
        return lines.count
    }

    /// The Bitbrains month: an `N.csv` a VM with the columns of GWA-T-12. Only every `stride`-th VM, to save time.
    static func bitbrains(in scratch: Scratch, stride: Int) async throws -> Int {
        let folder = "\(scratch.path)/2013-8"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var metrics: [[Substring: [Substring]]] = []
        for metric in ["cpu_mhz", "mem_mib", "dskr_kbs", "dskw_kbs", "netr_kbs", "nett_kbs"] {
            let lines = try await unzipped("bitbrains-rnd/2013-8-\(metric).csv.gz", in: scratch).split(separator: "\n")
            let chosen = lines.enumerated().filter { $0.offset.isMultiple(of: stride) }.map(\.element)
            metrics.append(
                Dictionary(
                    chosen.map { line in
                        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                        return (fields[0], Array(fields.dropFirst()))
                    }, uniquingKeysWith: { first, _ in first }))
        }
        let sizes = try String(
            contentsOfFile: "\(Programs.shared)/traces/bitbrains-rnd/2013-8-vms.csv", encoding: .utf8)
        var count = 0
        for line in sizes.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: ",")
            let columns = metrics.compactMap { $0[fields[0]] }
            guard columns.count == metrics.count else { continue }
            try rows(columns, cores: fields[1], megahertz: fields[2], mebibytes: fields[3])
                .write(toFile: "\(folder)/\(fields[0]).csv", atomically: false, encoding: .utf8)
            count += 1
        }
        return count
    }

    private static func rows(
        _ columns: [[Substring]], cores: Substring, megahertz: Substring, mebibytes: Substring
    ) -> String {
        var text =
            "Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\tCPU usage [%];\t"
            + "Memory capacity provisioned [KB];\tMemory usage [KB];\tDisk read throughput [KB/s];\t"
            + "Disk write throughput [KB/s];\tNetwork received throughput [KB/s];\tNetwork transmitted throughput [KB/s]\n"
        let capacity = (Double(mebibytes) ?? 0) * 1024
        for step in columns[0].indices where !columns[0][step].isEmpty {
            let values = columns.map { step < $0.count ? $0[step] : "" }
            let share = (Double(values[0]) ?? 0) / max(Double(megahertz) ?? 1, 1) * 100
            let used = (Double(values[1]) ?? 0) * 1024
            text +=
                "\(1_375_308_000 + step * 300);\t\(cores);\t\(megahertz);\t\(values[0]);\t\(share);\t\(capacity);\t\(used)"
            text += values[2...].map { ";\t\($0.isEmpty ? "0" : $0)" }.joined() + "\n"
        }
        return text
    }

    private static func unzipped(_ name: String, in scratch: Scratch) async throws -> String {
        let outcome = try await Programs.run(
            "/bin/gzip", ["-dc", "\(Programs.shared)/traces/\(name)"], in: scratch.path)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return outcome.output
    }
}
