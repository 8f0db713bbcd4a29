public import ClusterModel
import Forecasting
public import Store

/// Imports Bitbrains traces (GWA-T-12): a folder with an `N.csv` a VM, separated by semicolons, a row every five
/// minutes.
///
/// Columns are found by their names: timestamp, CPU cores, CPU usage [MHZ], memory capacity and usage [KB], disk read
/// and write [KB/s], network received and transmitted [KB/s]. The timestamp is in seconds, though its header says ms; a
/// number too large for seconds is taken as milliseconds. A KB is 1024 bytes. A VM's size is the largest that its rows
/// say.
public struct BitbrainsImporter: Sendable {
    /// What a reference core does. A host of 166,400 MHz then has 64 of them.
    public var megahertzPerReferenceCore: Double = 2600
    /// Put before the file's number to name the VM: `vm17`.
    public var prefix = "vm"
    /// Hosts for the inventory; without any, the VMs are added to the hosts that the inventory has.
    public var hosts: [Host] = []
    public var placement = TraceInventory.Placement.spread

    public init() {}

    /// Imports the folder's `.csv` files and makes the inventory. Bad rows are counted.
    public func run(
        folder: String, into store: ClusterStore, progress: (Int) -> Void = { _ in }
    ) throws -> ImportReport {
        guard megahertzPerReferenceCore > 0 else {
            throw ImportError("Bitbrains: a reference core has more than 0 MHz")
        }
        let names = try ImporterFolder.files(of: folder).filter { $0.hasSuffix(".csv") }
        guard !names.isEmpty else { throw ImportError("\(folder): no .csv files in it") }
        var report = ImportReport()
        var vms: [VirtualMachine] = []
        var writer = try HistoryWriter(cluster: store)
        for (index, name) in Self.byNumber(names).enumerated() {
            let id = prefix + name.dropLast(4)
            if let vm = try importFile("\(folder)/\(name)", vm: id, &writer, &report) { vms.append(vm) }
            progress(index + 1)
        }
        report.files = names.count
        let cluster = try TraceInventory(placement: placement).cluster(of: store, with: vms, on: hosts)
        let result = try writer.finish()
        try TraceInventory.keep(cluster, takenAt: result.newest, in: store)
        try report.take(result, store)
        return report
    }

    /// 2.csv before 10.csv.
    private static func byNumber(_ names: [String]) -> [String] {
        names.sorted { left, right in
            let numbers = (Int(left.dropLast(4)) ?? .max, Int(right.dropLast(4)) ?? .max)
            return numbers.0 == numbers.1 ? left < right : numbers.0 < numbers.1
        }
    }

    /// What a VM's rows say of its size.
    private struct Size {
        var cores = 1.0
        var memoryBytes = 1_048_576.0
        var rows = 0
    }

    private func importFile(
        _ path: String, vm: String, _ writer: inout HistoryWriter, _ report: inout ImportReport
    ) throws -> VirtualMachine? {
        var reader = try LineReader(path: path)
        var splitter = FieldSplitter(separator: 59)
        var columns: BitbrainsColumns?
        var size = Size()
        var more = true
        while more {
            let line = reader.line + 1
            more = try reader.next { bytes in
                guard !bytes.trimmed.isEmpty else { return }
                let closed = try splitter.split(bytes) { fields in
                    guard let found = columns else {
                        columns = try BitbrainsColumns(header: fields.map { $0.text ?? "" }, file: path)
                        return
                    }
                    guard let row = found.row(fields, megahertzPerCore: megahertzPerReferenceCore) else {
                        report.refuse(file: path, line: line, found.problem(of: fields))
                        return
                    }
                    size.cores = max(size.cores, row.cores)
                    size.memoryBytes = max(size.memoryBytes, row.memoryBytes)
                    size.rows += 1
                    try writer.add(.vm, vm, at: row.at, row.values)
                }
                if !closed { report.refuse(file: path, line: line, "a quote is not closed") }
            }
        }
        guard size.rows > 0 else { return nil }
        let vcpus = Int(min(size.cores.rounded(.up), 100_000))
        let memory = Int64(min(size.memoryBytes, 1e18))
        return VirtualMachine(
            id: vm, host: nil, vcpus: vcpus, memoryBytes: memory,
            demand: Demand(cpuCores: Double(vcpus), memoryBytes: Double(memory)))
    }
}
