public import Foundation

/// The public traces of the shared data, turned from their compact form into the folders in which researchers have
/// them.
public enum SharedTraces {
    public static let areThere = TestFiles.sharedExists("traces/planetlab/20110303.csv.gz")

    /// A day of PlanetLab: a file a VM, a whole percentage a line.
    ///
    /// - Returns: how many VMs it has.
    public static func writePlanetLab(_ day: String, to folder: URL) throws -> Int {
        let lines = try lines("planetlab/\(day).csv.gz")
        for line in lines {
            let fields = line.split(separator: comma)
            let text = fields.dropFirst().joined(separator: [newline]) + [newline]
            let name = String(decoding: fields[fields.startIndex], as: UTF8.self)
            try Data(text).write(to: folder.appending(path: name))
        }
        return lines.count
    }

    /// What was written of a trace.
    public struct Written: Sendable {
        public var vms = 0
        public var samples = 0
        /// Of the samples written, by VM number: the data set's own table has means of values before they were rounded.
        public var meanMegahertz: [(vm: String, mean: Double)] = []
    }

    /// The Bitbrains month: an `N.csv` a VM, with the columns of GWA-T-12.
    public static func writeBitbrains(to folder: URL) throws -> Written {
        let tables = try ["cpu_mhz", "mem_mib", "dskr_kbs", "dskw_kbs", "netr_kbs", "nett_kbs"].map { name in
            try lines("bitbrains-rnd/2013-8-\(name).csv.gz")
        }
        let machines = try TestFiles.bytes(URL(filePath: TestFiles.sharedPath("traces/bitbrains-rnd/2013-8-vms.csv")))
            .split(separator: newline).dropFirst().map { line in
                line.split(separator: comma).map { String(decoding: $0, as: UTF8.self) }
            }
        var written = Written()
        for (index, machine) in machines.enumerated() {
            let columns = tables.map { table in
                Array(table[index].split(separator: comma, omittingEmptySubsequences: false).dropFirst())
            }
            var text = Array(
                """
                Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\tCPU usage [%];\tMemory \
                capacity provisioned [KB];\tMemory usage [KB];\tDisk read throughput [KB/s];\tDisk write throughput \
                [KB/s];\tNetwork received throughput [KB/s];\tNetwork transmitted throughput [KB/s]\n
                """.utf8)
            let memory = (Int(machine[3]) ?? 0) * 1024
            var sum = 0.0
            var count = 0
            for step in columns[0].indices where !columns[0][step].isEmpty {
                let megahertz = columns[0][step]
                count += 1
                sum += Double(String(decoding: megahertz, as: UTF8.self)) ?? 0
                let used = (Int(String(decoding: columns[1][step], as: UTF8.self)) ?? 0) * 1024
                text += Array("\(1_375_308_000 + step * 300);\t\(machine[1]);\t\(machine[2]);\t".utf8) + megahertz
                text += Array(";\t0;\t\(memory);\t\(used);\t".utf8)
                text += columns[2...].map { $0[step] }.joined(separator: [semicolon, tab]) + [newline]
            }
            try Data(text).write(to: folder.appending(path: "\(machine[0]).csv"))
            written.vms += 1
            written.samples += count
            written.meanMegahertz.append((machine[0], sum / Double(max(count, 1))))
        }
        return written
    }

    private static let newline = UInt8(ascii: "\n")
    private static let comma = UInt8(ascii: ",")
    private static let semicolon = UInt8(ascii: ";")
    private static let tab = UInt8(ascii: "\t")

    private static func lines(_ name: String) throws -> [ArraySlice<UInt8>] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", TestFiles.sharedPath("traces/\(name)")]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
        return Array(data).split(separator: newline)
    }
}
