public import ClusterModel
import Forecasting
public import Store

/// Imports a day of PlanetLab traces (CoMon): a folder with a file a VM, each of lines with a whole percentage of the
/// VM's own size, one every five minutes.
///
/// The traces hold nothing else, so sizes come from the types: the VMs, in the byte order of their files' names, are
/// cut into as many equal parts as there are types. The default is the field's standard scenario (Beloglazov and Buyya,
/// CCPE 24(13), 2012): single cores of 2500, 2000, 1000 and 500 MIPS with 870, 1740, 1740 and 613 MB.
public struct PlanetLabImporter: Sendable {
    /// A size of VM.
    public struct MachineType: Sendable, Hashable {
        public var mips: Double
        public var memoryBytes: Int64

        public init(mips: Double, memoryBytes: Int64) {
            self.mips = mips
            self.memoryBytes = memoryBytes
        }
    }

    public var types: [MachineType] = [
        MachineType(mips: 2500, memoryBytes: 870 << 20), MachineType(mips: 2000, memoryBytes: 1740 << 20),
        MachineType(mips: 1000, memoryBytes: 1740 << 20), MachineType(mips: 500, memoryBytes: 613 << 20),
    ]
    /// What a reference core does: a host core of 1860 MIPS then has the speed 1.86.
    public var mipsPerReferenceCore: Double = 1000
    public var stepSeconds: Double = 300
    /// When the first line was taken; `nil`: midnight UTC of the day that the folder's name says, `20110303`.
    public var start: Timestamp?
    /// Hosts for the inventory; without any, the VMs are added to the hosts that the inventory has.
    public var hosts: [Host] = []
    public var placement = TraceInventory.Placement.spread

    public init() {}

    /// Imports the folder and makes the inventory. Bad lines are counted.
    public func run(
        folder: String, into store: ClusterStore, progress: (Int) -> Void = { _ in }
    ) throws -> ImportReport {
        guard !types.isEmpty, mipsPerReferenceCore > 0, stepSeconds > 0 else {
            throw ImportError("PlanetLab: at least one type, a reference core and a step above 0 are needed")
        }
        let start = try start ?? Self.day(of: folder)
        let names = try ImporterFolder.files(of: folder)
        let vms = machines(names)
        // Before the first sample is written: an import that cannot be placed leaves nothing behind.
        let cluster = try TraceInventory(placement: placement).cluster(of: store, with: vms, on: hosts)
        var report = ImportReport()
        var writer = try HistoryWriter(cluster: store)
        for (index, vm) in vms.enumerated() {
            try importFile("\(folder)/\(vm.id)", vm: vm.id, cores: vm.demand.cpuCores, from: start, &writer, &report)
            progress(index + 1)
        }
        report.files = names.count
        let result = try writer.finish()
        try TraceInventory.keep(cluster, takenAt: result.newest, in: store)
        try report.take(result, store)
        return report
    }

    private func machines(_ names: [String]) -> [VirtualMachine] {
        let perType = (names.count + types.count - 1) / types.count
        return names.enumerated().map { index, name in
            let type = types[min(index / perType, types.count - 1)]
            let demand = Demand(cpuCores: type.mips / mipsPerReferenceCore, memoryBytes: Double(type.memoryBytes))
            return VirtualMachine(id: name, host: nil, vcpus: 1, memoryBytes: type.memoryBytes, demand: demand)
        }
    }

    private func importFile(
        _ path: String, vm: String, cores: Double, from start: Timestamp, _ writer: inout HistoryWriter,
        _ report: inout ImportReport
    ) throws {
        var reader = try LineReader(path: path)
        var step = 0
        var good = true
        while good {
            let line = reader.line + 1
            good = try reader.next { bytes in
                let field = bytes.trimmed
                defer { step += 1 }
                guard let percent = field.number, percent >= 0, percent <= 100 else {
                    report.refuse(file: path, line: line, "not a percentage of 0 to 100")
                    return
                }
                let at = start.adding(seconds: Double(step) * stepSeconds)
                try writer.add(.vm, vm, at: at, [.cpuCores: percent / 100 * cores])
            }
        }
    }

    /// Midnight of the day in the last part of a folder's name, `.../20110303`.
    private static func day(of folder: String) throws -> Timestamp {
        let name = folder.split(separator: "/").last.map(Array.init) ?? []
        let parts = name.count == 8 ? [name[0..<4], name[4..<6], name[6..<8]].map { String($0) } : []
        guard let day = Timestamp(rfc3339: parts.joined(separator: "-") + "T00:00:00Z") else {
            throw ImportError("\(folder): its name is no day like 20110303; say when the traces begin")
        }
        return day
    }
}
