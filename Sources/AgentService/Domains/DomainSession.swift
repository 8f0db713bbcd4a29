import Libvirt
import Sampling

/// A conversation with one libvirt: connects, reads statistics, starts measurements, and connects anew after a failure.
/// Its calls block.
struct DomainSession: Sendable {
    private static let groups: StatisticsGroups = [
        .state, .cpu, .balloon, .vcpus, .interfaces, .disks, .dirtyRate,
    ]
    /// After a failure libvirt is left alone for this long.
    private static let pauseNanoseconds: UInt64 = 10_000_000_000

    private let library: LibvirtLibrary
    private let uri: String
    private let clocks: AgentClocks
    private let log: AgentLog
    private var schedule: DirtyRateSchedule?
    private var connection: LibvirtConnection?
    private var lastFailure: (nanoseconds: UInt64, message: String)?
    /// The machines that it told of last; see `DomainsAnswer.silent`.
    private(set) var known: Set<String>?

    /// `dirtyRates`: `nil` when none are to be measured; then a connection that may only read is enough.
    init(
        _ library: LibvirtLibrary, uri: String, known: Set<String>?, dirtyRates: DirtyRateSchedule.Settings?,
        clocks: AgentClocks, log: AgentLog
    ) {
        self.library = library
        self.uri = uri
        self.known = known
        self.clocks = clocks
        self.log = log
        if dirtyRates != nil, !library.canMeasureDirtyRate {
            log.warning("the installed libvirt cannot measure dirty rates (needs 7.2): they are left out")
        } else {
            schedule = dirtyRates.map(DirtyRateSchedule.init)
        }
    }

    mutating func ask() -> DomainsAnswer {
        let now = clocks.monotonicNanoseconds()
        if let lastFailure, now < lastFailure.nanoseconds + Self.pauseNanoseconds { return .silent(known: known) }
        do throws(LibvirtError) {
            let connection = try connected()
            let records = try connection.domainStatistics(Self.groups).map(DomainRecord.init)
            known = Set(records.map(\.uuid))
            if lastFailure != nil { log.note("libvirt at \(uri) answers again") }
            lastFailure = nil
            let nanoseconds = clocks.monotonicNanoseconds()
            let found = schedule?.results(in: records, atNanoseconds: nanoseconds) ?? [:]
            startMeasurements(connection, records, at: nanoseconds)
            return .answered(records: records, nanoseconds: nanoseconds, dirtyMemory: found)
        } catch {
            connection = nil
            if lastFailure?.message != error.message { log.warning("libvirt does not answer: \(error.message)") }
            lastFailure = (now, error.message)
            return .silent(known: known)
        }
    }

    private mutating func connected() throws(LibvirtError) -> LibvirtConnection {
        if let connection, connection.isAlive { return connection }
        let new = try LibvirtConnection(library, uri: uri, isReadOnly: schedule == nil)
        // A host that is cut off is noticed within 15 seconds instead of never.
        try new.setKeepAlive(intervalSeconds: 5, count: 2)
        connection = new
        return new
    }

    /// A machine in a migration has a job; its measurement is put off. So is one that libvirt refuses.
    private mutating func startMeasurements(
        _ connection: LibvirtConnection, _ records: [DomainRecord], at nanoseconds: UInt64
    ) {
        for start in schedule?.next(for: records, atNanoseconds: nanoseconds) ?? [] {
            guard let record = records.first(where: { $0.uuid == start.uuid }) else { continue }
            do throws(LibvirtError) {
                guard let domain = try connection.domain(named: start.name), domain.uuid == start.uuid,
                    try !domain.hasJob()
                else {
                    schedule?.putOff(start, atNanoseconds: nanoseconds)
                    continue
                }
                // Pages are sampled: safe with every hypervisor. Other modes kill a QEMU 7.2 without KVM, and slow the
                // guest down with it.
                try domain.startDirtyRateCalculation(seconds: start.periodSeconds, mode: .pageSampling)
                schedule?.began(start, of: record, atNanoseconds: nanoseconds)
            } catch {
                log.warning("\(error.message)")
                schedule?.putOff(start, atNanoseconds: nanoseconds)
            }
        }
    }
}

extension DomainRecord {
    init(_ statistics: DomainStatistics) {
        let values = statistics.parameters.compactMap { parameter in parameter.unsigned.map { (parameter.name, $0) } }
        self.init(
            name: statistics.name, uuid: statistics.uuid, runID: statistics.id,
            values: Dictionary(values, uniquingKeysWith: { $1 }))
    }
}
