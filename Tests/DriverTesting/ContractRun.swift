internal import ClusterModel
internal import Execution
internal import Testing

/// One check at work, with keys that no other check has used.
struct ContractRun {
    let subject: DriverSubject
    let capabilities: DriverCapabilities
    /// Every VM's state when the check began.
    private let before: [String: VirtualMachine.State]
    private let run: String
    /// High enough for a platform that other checks have spoken to.
    let fence: Int64

    init(_ subject: DriverSubject) async throws {
        self.subject = subject
        capabilities = try await subject.driver.capabilities()
        let inventory = try await subject.driver.inventory()
        before = Dictionary(uniqueKeysWithValues: inventory.vms.map { ($0.id, $0.state) })
        fence = max(1, inventory.takenAt.millisecondsSinceEpoch)
        run = "contract-\(UInt64.random(in: 0 ... .max))"
    }

    var driver: any PlatformDriver { subject.driver }

    func key(_ step: String, attempt: Int = 1) -> StepKey { StepKey(run: run, step: step, attempt: attempt) }

    func request(_ step: String, _ action: StepAction, fence: Int64? = nil) -> StepRequest {
        StepRequest(key: key(step), fence: fence ?? self.fence, action: action)
    }

    /// The host of a VM by the platform's inventory.
    func host(of vm: String) async throws -> String {
        let machine = try await driver.inventory().vms.first { $0.id == vm }
        return try #require(machine?.host, "VM \(vm) is on no host")
    }

    /// A move of a VM from where it is to the other of the two hosts.
    func move(
        _ vm: String, bitsPerSecond: Double, mode: MigrationMode = .live, milliseconds: Double = 300,
        adjustments: [MigrationAdjustment.Kind] = []
    ) async throws -> MigrationRequest {
        let from = try await host(of: vm)
        return MigrationRequest(
            vm: vm, from: from, to: from == subject.first ? subject.second : subject.first, mode: mode,
            bandwidthBitsPerSecond: bitsPerSecond, maxDowntimeMilliseconds: milliseconds, guestRestarts: false,
            adjustments: adjustments)
    }

    /// Looks until `condition` holds; records an issue, and answers the last status, when it never does.
    @discardableResult
    func look(
        at key: StepKey, until what: String, _ condition: (StepStatus) -> Bool
    ) async throws -> StepStatus {
        var status = try await driver.status(of: key)
        for _ in 0..<subject.mostLooks {
            if condition(status) { return status }
            if status.isEnded { break }
            await driver.wait(seconds: subject.lookSeconds)
            status = try await driver.status(of: key)
        }
        if !condition(status) { Issue.record("\(key) never came to \(what): \(status)") }
        return status
    }

    /// Looks until the step has ended.
    @discardableResult
    func end(of key: StepKey) async throws -> StepStatus {
        try await look(at: key, until: "its end") { $0.isEnded }
    }

    /// Looks until memory is on its way and some passes are over.
    func transferring(_ key: StepKey, rounds: Int = 1) async throws {
        try await look(at: key, until: "round \(rounds)") { status in
            guard case .active(.transferring(let progress)) = status else { return false }
            return progress.round >= rounds && progress.bytesPerSecond > 0
        }
    }

    /// The error of a call that must fail.
    func failure(
        _ comment: String, _ call: () async throws(DriverError) -> StepStatus
    ) async -> DriverError? {
        do throws(DriverError) {
            let status = try await call()
            Issue.record("\(comment): answered \(status) in place of a refusal")
            return nil
        } catch {
            return error
        }
    }

    func everyMachineRunsOnce() async throws {
        let inventory = try await driver.inventory()
        #expect(Set(inventory.vms.map(\.id)).count == inventory.vms.count, "a VM is listed twice")
        for vm in inventory.vms { #expect(vm.state == before[vm.id], "VM \(vm.id) is \(vm.state)") }
        #expect(inventory.vms.count == before.count)
    }
}
