/// What a kind of cluster holds, in figures. All shares are fractions of the hosts or of the VMs.
struct Situation: Sendable, Hashable {
    var memoryFill = 0.5
    var cpuFill = 0.35
    var skew = 0.3
    /// No host starts above these fractions of its capacity.
    var memoryCeiling = 0.94
    var cpuCeiling = 0.84
    var siteCount = 1
    var oneHostModel = false
    /// Stores, networks, CPU models and features, sites: none of them when `false`.
    var hasTopology = true
    var asleepShare = 0.0
    var offShare = 0.0
    var maintenanceHosts = 0
    var failedHosts = 0
    /// Share of hosts with power control; 0: none has, so all may be switched.
    var powerControlShare = 0.0
    /// Hosts that name no stores and networks and so reach all.
    var openHosts = 0
    /// Hosts without a rack: each a rack of its own.
    var ownRackHosts = 0
    /// Share of hosts labelled `window=tonight`, at least one when positive.
    var windowShare = 0.0
    var pausedShare = 0.0
    var stoppedShare = 0.0
    var coldShare = 0.02
    var fixedShare = 0.01
    var localDiskShare = 0.02
    var profileShare = 0.0
    var dirtyShare = 0.6
    /// VMs that rewrite their hot set faster than any link, and as many that only the fastest links keep up with.
    var restlessVMs = 0
    var recentlyMovedShare = 0.15
    /// Rules per VM.
    var ruleShare = 0.0
    var brokenRules = 0

    init(options: ClusterOptions) {
        switch options.kind {
        case .plain: setPlain()
        case .balance: setBalance()
        case .consolidate: setConsolidate()
        case .evacuate: setEvacuate()
        case .mixed: setMixed()
        case .tight: setTight()
        case .rules: setRules()
        case .profiles: setProfiles()
        case .dirty: setDirty()
        case .sites: setSites()
        }
        memoryFill = min(max(options.memoryFill ?? memoryFill, 0), 0.98)
        cpuFill = min(max(options.cpuFill ?? cpuFill, 0), 0.98)
        skew = min(max(options.skew ?? skew, 0), 1)
        memoryCeiling = min(max(memoryCeiling, memoryFill + 0.02), 1)
        cpuCeiling = min(max(cpuCeiling, cpuFill + 0.02), 1)
    }

    private mutating func setPlain() {
        (memoryFill, cpuFill, skew, memoryCeiling, cpuCeiling) = (0.55, 0.17, 0.9, 0.995, 0.84)
        (oneHostModel, hasTopology) = (true, false)
        (coldShare, fixedShare, localDiskShare, dirtyShare, recentlyMovedShare) = (0, 0, 0, 0, 0)
    }

    private mutating func setBalance() {
        (memoryFill, cpuFill, skew, cpuCeiling) = (0.5, 0.45, 0.9, 0.95)
        maintenanceHosts = 1
    }

    private mutating func setConsolidate() {
        (memoryFill, cpuFill, skew) = (0.25, 0.15, 0.2)
        (asleepShare, offShare, maintenanceHosts, powerControlShare) = (0.1, 0.1, 1, 0.9)
        (pausedShare, stoppedShare, ruleShare) = (0.05, 0.05, 0.04)
    }

    private mutating func setEvacuate() {
        (memoryFill, cpuFill, skew) = (0.55, 0.35, 0.2)
        (windowShare, maintenanceHosts, ruleShare) = (0.1, 1, 0.03)
    }

    private mutating func setMixed() {
        (memoryFill, cpuFill, skew, siteCount) = (0.5, 0.35, 0.6, 2)
        (asleepShare, offShare, maintenanceHosts, failedHosts) = (0.06, 0.06, 1, 1)
        (powerControlShare, openHosts, ownRackHosts) = (0.9, 1, 1)
        (pausedShare, stoppedShare, profileShare, localDiskShare) = (0.04, 0.04, 0.5, 0.05)
        (ruleShare, brokenRules) = (0.06, 1)
    }

    private mutating func setTight() {
        // Every host reaches every store and network, or the ring could not close.
        (cpuFill, skew, oneHostModel, openHosts) = (0.45, 0, true, .max)
        (memoryCeiling, fixedShare, coldShare, localDiskShare) = (0.95, 0, 0, 0)
    }

    private mutating func setRules() {
        (memoryFill, cpuFill, maintenanceHosts) = (0.45, 0.3, 1)
        (ruleShare, brokenRules) = (0.16, 1)
    }

    private mutating func setProfiles() {
        (memoryFill, cpuFill, skew, cpuCeiling) = (0.4, 0.75, 0.4, 0.84)
        (profileShare, powerControlShare) = (1, 1)
    }

    private mutating func setDirty() {
        (memoryFill, cpuFill) = (0.5, 0.35)
        (dirtyShare, restlessVMs, localDiskShare) = (1, 3, 0.04)
    }

    private mutating func setSites() {
        (memoryFill, cpuFill, siteCount) = (0.4, 0.3, 3)
        (asleepShare, maintenanceHosts, powerControlShare, ruleShare) = (0.08, 1, 0.8, 0.05)
    }
}
