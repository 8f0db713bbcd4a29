import ClusterModel
import MigrationModel
import Placement

/// Writes a finished run down as steps.
struct StepWriter {
    private let run: Run
    private let work: Workload
    private let packed: PackedCluster
    private let final: [Int32]

    /// No schedule of these moves is shorter, as far as a search has proved.
    private let provedMilliseconds: Int64

    init(run: Run, provedMilliseconds: Int64) {
        self.run = run
        self.provedMilliseconds = provedMilliseconds
        work = run.work
        packed = run.work.packed
        final = Self.finalHosts(of: run)
    }

    /// Where every VM is when all is done.
    static func finalHosts(of run: Run) -> [Int32] {
        var final = run.work.packed.home
        let done = (0..<run.jobs.count).filter { run.status[$0] == .done }
        for job in done.sorted(by: { run.sequence[$0] < run.sequence[$1] }) {
            final[Int(run.jobs.vm[job])] = run.jobs.to[job]
        }
        return final
    }

    /// What a step stands for, before steps are sorted and numbered.
    private enum Subject: Hashable {
        case powerOn(host: Int)
        case exitMaintenance(host: Int)
        case move(job: Int)
        case enterMaintenance(host: Int)
        case powerOff(host: Int)
    }

    private struct Draft {
        var subject: Subject
        var start: Int64
        var duration: Int64
        var after: [Subject]
        /// Orders steps that start together.
        var rank: (Int, Int)
    }

    func schedule() -> Schedule {
        let done = (0..<run.jobs.count).filter { run.status[$0] == .done }
        var drafts = openings() + moves(done)
        let closing = closings(done)
        drafts += closing.drafts
        drafts.sort { left, right in
            left.start == right.start ? left.rank < right.rank : left.start < right.start
        }
        let numbers = Dictionary(uniqueKeysWithValues: drafts.enumerated().map { ($1.subject, $0 + 1) })
        let steps = drafts.enumerated().map { index, draft in
            step(draft, id: "s\(index + 1)", after: draft.after.compactMap { numbers[$0] }.sorted().map { "s\($0)" })
        }
        let kept = (0..<work.jobs.count).filter { run.status[$0] == .done }
        return Schedule(
            steps: steps, dropped: droppedMoves(), droppedSwitches: closing.dropped, deadlines: deadlines(),
            final: final,
            makespanSeconds: Milliseconds.seconds(drafts.map { $0.start + $0.duration }.max() ?? 0),
            lowerBoundSeconds: Milliseconds.seconds(
                max(provedMilliseconds, LowerBound.milliseconds(of: work, jobs: kept, strays: strays()))))
    }

    /// VMs that do not go straight: those with a way-station, and those that made room and came back.
    private func strays() -> [RoomWaits.Stray] {
        (0..<run.jobs.count).compactMap { job in
            let stray = RoomWaits.Stray(
                vm: Int(run.jobs.vm[job]), from: Int(run.jobs.from[job]), to: Int(run.jobs.to[job]))
            if run.status[job] == .replaced { return stray }
            guard Int(packed.home[stray.vm]) == stray.to else { return nil }
            return RoomWaits.Stray(vm: stray.vm, from: stray.to, to: stray.to)
        }
    }

    private func deadlines() -> [HostDeadline] {
        work.urgency.deadlines.map { deadline in
            let leaving = (0..<run.jobs.count).filter {
                Int(run.jobs.from[$0]) == deadline.host && run.status[$0] != .replaced
            }
            let isEmptied =
                leaving.allSatisfy { run.status[$0] == .done } && !work.refused.contains { $0.staysOn == deadline.host }
            return HostDeadline(
                host: deadline.host, deadlineSeconds: Milliseconds.seconds(deadline.milliseconds),
                emptyAtSeconds: isEmptied
                    ? Milliseconds.seconds(leaving.map { run.endedAt[$0] }.max() ?? 0) : nil)
        }
    }

    // MARK: Drafts

    private func openings() -> [Draft] {
        let switched = work.request.powerOn.map { host in
            Draft(
                subject: .powerOn(host: host), start: 0, duration: work.opensAtMilliseconds[host] ?? 0, after: [],
                rank: (0, host))
        }
        return switched
            + work.request.exitMaintenance.map { host in
                Draft(subject: .exitMaintenance(host: host), start: 0, duration: 0, after: [], rank: (1, host))
            }
    }

    private func moves(_ done: [Int]) -> [Draft] {
        let needs = Needs(run: run).jobs
        let powered = Set(work.request.powerOn)
        let opened = Set(work.request.exitMaintenance)
        return done.map { job in
            let (source, target) = (Int(run.jobs.from[job]), Int(run.jobs.to[job]))
            var after = needs[job].map { Subject.move(job: Int($0)) }
            if powered.contains(target) { after.append(.powerOn(host: target)) }
            if powered.contains(source), run.jobs.previousLeg[job] < 0 { after.append(.powerOn(host: source)) }
            if opened.contains(target) { after.append(.exitMaintenance(host: target)) }
            return Draft(
                subject: .move(job: job), start: run.startedAt[job], duration: run.jobs.milliseconds[job], after: after,
                rank: (2, Int(run.sequence[job])))
        }
    }

    private func closings(_ done: [Int]) -> (drafts: [Draft], dropped: [DroppedSwitch]) {
        var departures: [Int: [Int]] = [:]
        for job in done where work.closingMilliseconds[Int(run.jobs.from[job])] != nil {
            departures[Int(run.jobs.from[job]), default: []].append(job)
        }
        let occupied = Dictionary(grouping: (0..<packed.vmCount), by: { Int(final[$0]) })
        var drafts: [Draft] = []
        var dropped: [DroppedSwitch] = []
        let maintained = Set(work.request.enterMaintenance)
        let off = Set(work.request.powerOff)
        for host in maintained.union(off).sorted() {
            if let staying = occupied[host] {
                dropped.append(DroppedSwitch(host: host, reasons: [reason(host, staying)]))
                continue
            }
            let leaving = departures[host] ?? []
            let start = leaving.map { run.endedAt[$0] }.max() ?? 0
            let after = leaving.map { Subject.move(job: $0) }
            if maintained.contains(host) {
                drafts.append(
                    Draft(
                        subject: .enterMaintenance(host: host), start: start, duration: 0, after: after, rank: (3, host)
                    ))
            }
            if off.contains(host) {
                let entered = maintained.contains(host) ? [Subject.enterMaintenance(host: host)] : []
                drafts.append(
                    Draft(
                        subject: .powerOff(host: host), start: start, duration: work.closingMilliseconds[host] ?? 0,
                        after: after + entered, rank: (4, host)))
            }
        }
        return (drafts, dropped)
    }

    private func reason(_ host: Int, _ staying: [Int]) -> Refusal.Reason {
        let names = staying.prefix(3).map { packed.vm($0).id }.joined(separator: ", ")
        let more = staying.count > 3 ? " and \(staying.count - 3) more" : ""
        return Refusal.Reason(
            constraint: "notEmpty", hosts: [packed.host(host).id], detail: "VM \(names)\(more) would still be on it")
    }

    // MARK: Steps

    private func step(_ draft: Draft, id: String, after: [String]) -> PlanStep {
        let text: String
        let action: PlanStep.Action
        var durationP95: Double?
        var notBefore: Timestamp?
        var extensions = Extensions.none
        switch draft.subject {
        case .powerOn(let host):
            (action, text) = (.powerOn(host: packed.host(host).id), "needed before VMs move there")
        case .exitMaintenance(let host):
            (action, text) = (.exitMaintenance(host: packed.host(host).id), "needed before VMs move there")
        case .enterMaintenance(let host):
            (action, text) = (.enterMaintenance(host: packed.host(host).id), "no VM is left on it")
        case .powerOff(let host): (action, text) = (.powerOff(host: packed.host(host).id), "no VM is left on it")
        case .move(let job):
            let migration = migration(job)
            (action, text) = (.migrate(migration: migration.step), migration.reason)
            durationP95 = migration.durationP95
            if run.jobs.earliest[job] > 0 {
                notBefore = packed.startsAt.adding(seconds: Milliseconds.seconds(run.jobs.earliest[job]))
            }
            extensions = migration.extensions
        }
        return PlanStep(
            id: id, action: action, startSeconds: Milliseconds.seconds(draft.start),
            durationSeconds: Milliseconds.seconds(draft.duration), durationP95Seconds: durationP95, after: after,
            notBefore: notBefore, reason: text, extensions: extensions)
    }

    private func migration(
        _ job: Int
    ) -> (step: MigrationStep, reason: String, durationP95: Double?, extensions: Extensions) {
        let vm = Int(run.jobs.vm[job])
        let (source, target) = (packed.host(Int(run.jobs.from[job])).id, packed.host(Int(run.jobs.to[job])).id)
        let bandwidth = Double(run.jobs.bandwidth[job])
        let prediction = work.predict(vm, bandwidth).prediction
        let step = MigrationStep(
            vm: packed.vm(vm).id, from: source, to: target, mode: prediction?.mode ?? .live,
            bandwidthBitsPerSecond: bandwidth, downtimeMilliseconds: prediction?.downtimeMilliseconds ?? 0,
            transferBytes: prediction?.transferBytes ?? 0, rounds: prediction?.rounds ?? 0)
        var reason = prediction?.reason ?? ""
        if run.jobs.to[job] != work.request.target[vm] {
            reason = "way-station, since the moves wait for each other's room; " + reason
        }
        let durationP95 = prediction.map { Milliseconds.seconds(Milliseconds.roundedUp($0.durationP95Seconds)) }
        return (step, reason, durationP95, prediction?.extensions ?? .none)
    }

    // MARK: What is left out

    private func droppedMoves() -> [DroppedMove] {
        let blocked = (0..<run.jobs.count).filter { run.status[$0] == .dropped }.map { job in
            let vm = Int(run.jobs.vm[job])
            return DroppedMove(
                vm: vm, host: Int(run.jobs.to[job]), staysOn: Int(final[vm]), reasons: [reason(ofDropped: job)])
        }
        return (work.refused + blocked).sorted { $0.vm < $1.vm }
    }

    private func reason(ofDropped job: Int) -> Refusal.Reason {
        let host = Int(run.jobs.to[job])
        let name = packed.host(host).id
        let found = run.obstacle(job)
        if found == run.room(on: host) { return roomReason(vm: Int(run.jobs.vm[job]), host: host, name: name) }
        for index in run.jobs.enteredRange(job) where found == run.domain(Int(run.jobs.entered[index])) {
            let group = packed.groups[Int(work.separation.group[Int(run.jobs.entered[index])])]
            return Refusal.Reason(
                constraint: "antiAffinity", hosts: [name],
                detail: "rule \(group.id) has its most VMs there, and none of those that are to leave can go first")
        }
        if found == Run.none {
            return Refusal.Reason(
                constraint: "spareHosts", hosts: [name],
                detail: "with the VM at both ends the others could not take over every failing host's VMs")
        }
        return Refusal.Reason(
            constraint: "hostState", hosts: [name], detail: "it never gets there: a host or link on the way is closed")
    }

    private func roomReason(vm: Int, host: Int, name: String) -> Refusal.Reason {
        let columns = work.columns
        let lacking = (0..<columns).first {
            run.load[host * columns + $0] + packed.load[vm * columns + $0] > packed.limit[host * columns + $0]
        }
        let resource = packed.dimensions[lacking ?? 0].resource.name
        return Refusal.Reason(
            constraint: resource, hosts: [name],
            detail: "no room while VMs that are to leave \(name) cannot go first, and no way-station has room")
    }
}
