/// What is to be done, in which order, and why: the document `drover.plan/1`.
public struct Plan: Sendable, Hashable, Identifiable {
    public static let format = "drover.plan/1"

    public enum Status: String, Sendable, Hashable, CaseIterable {
        case complete
        /// What the goal asked is not reached in full.
        case partial
        case nothingToDo
        case infeasible
    }

    /// The cluster document on which the plan rests.
    public struct Basis: Sendable, Hashable {
        /// SHA-256 of the canonical JSON of the cluster document, in lower-case hexadecimal.
        public var snapshot: String
        public var takenAt: Timestamp

        public init(snapshot: String, takenAt: Timestamp) {
            self.snapshot = snapshot
            self.takenAt = takenAt
        }
    }

    public var id: String
    public var cluster: String
    public var createdAt: Timestamp
    public var startsAt: Timestamp
    public var expiresAt: Timestamp
    public var basis: Basis
    public var goal: Goal
    public var policy: PlanPolicy
    public var status: Status
    public var steps: [PlanStep]
    public var summary: PlanSummary
    public var refusals: [Refusal]
    public var deadline: Timestamp?
    public var confidence: Double?
    /// Among others `notes`: what the operator should know and what does not make the plan partial.
    public var extensions: Extensions

    public init(
        id: String, cluster: String, createdAt: Timestamp, startsAt: Timestamp, expiresAt: Timestamp, basis: Basis,
        goal: Goal, policy: PlanPolicy, status: Status, steps: [PlanStep], summary: PlanSummary,
        refusals: [Refusal] = [], deadline: Timestamp? = nil, confidence: Double? = nil,
        extensions: Extensions = .none
    ) {
        self.id = id
        self.cluster = cluster
        self.createdAt = createdAt
        self.startsAt = startsAt
        self.expiresAt = expiresAt
        self.basis = basis
        self.goal = goal
        self.policy = policy
        self.status = status
        self.steps = steps
        self.summary = summary
        self.refusals = refusals
        self.deadline = deadline
        self.confidence = confidence
        self.extensions = extensions
    }
}

/// What a plan is to reach.
public enum Goal: Sendable, Hashable {
    case balance
    /// The hosts empty.
    case evacuate(hosts: [String])
    /// The fewest watts within the limits.
    case powerSave
    /// Each named VM on the named host.
    case place(target: [String: String])
    /// All VMs of one site to another; names without the `site:` prefix.
    case relocate(from: String, to: String)
    /// The hosts emptied, maintained and refilled in groups.
    case rolling(hosts: [String])

    /// The name in the document.
    public var name: String {
        switch self {
        case .balance: "balance"
        case .evacuate: "evacuate"
        case .powerSave: "powerSave"
        case .place: "place"
        case .relocate: "relocate"
        case .rolling: "rolling"
        }
    }
}

/// The part of the policy that a checker needs, as the plan carries it.
public struct PlanPolicy: Sendable, Hashable {
    public var name: String
    /// SHA-256 of the canonical policy with `--set` applied.
    public var digest: String
    public var spareHosts: Int
    public var memory: MemoryCounting
    public var limits: ResourceLimits
    public var defaults: HostDefaults
    /// `nil`: the whole profile must fit.
    public var horizonSeconds: Double?
    /// Whether goals other than balance and powerSave may relieve overloaded hosts and mend broken rules.
    public var repair: Bool
    /// For moves that are not cold of VMs that name no limit of their own.
    public var maxDowntimeMilliseconds: Double

    public init(
        name: String, digest: String, spareHosts: Int, memory: MemoryCounting, limits: ResourceLimits,
        defaults: HostDefaults, horizonSeconds: Double? = nil, repair: Bool = false,
        maxDowntimeMilliseconds: Double = 1000
    ) {
        self.name = name
        self.digest = digest
        self.spareHosts = spareHosts
        self.memory = memory
        self.limits = limits
        self.defaults = defaults
        self.horizonSeconds = horizonSeconds
        self.repair = repair
        self.maxDowntimeMilliseconds = maxDowntimeMilliseconds
    }
}

/// One thing to do. Seconds count from the plan's `startsAt`.
public struct PlanStep: Sendable, Hashable, Identifiable {
    public enum Action: Sendable, Hashable {
        case migrate(migration: MigrationStep)
        case powerOff(host: String)
        case powerOn(host: String)
        case enterMaintenance(host: String)
        case exitMaintenance(host: String)
        /// Ends when host and agent answer again.
        case maintain(host: String)
        case wait

        /// The name in the document.
        public var name: String {
            switch self {
            case .migrate: "migrate"
            case .powerOff: "powerOff"
            case .powerOn: "powerOn"
            case .enterMaintenance: "enterMaintenance"
            case .exitMaintenance: "exitMaintenance"
            case .maintain: "maintain"
            case .wait: "wait"
            }
        }
    }

    public var id: String
    public var action: Action
    public var startSeconds: Double
    public var durationSeconds: Double
    public var durationP95Seconds: Double?
    /// Steps that bring about room, power or a rule that this step needs.
    public var after: [String]
    public var notBefore: Timestamp?
    public var reason: String
    public var extensions: Extensions

    public init(
        id: String, action: Action, startSeconds: Double, durationSeconds: Double, durationP95Seconds: Double? = nil,
        after: [String] = [], notBefore: Timestamp? = nil, reason: String, extensions: Extensions = .none
    ) {
        self.id = id
        self.action = action
        self.startSeconds = startSeconds
        self.durationSeconds = durationSeconds
        self.durationP95Seconds = durationP95Seconds
        self.after = after
        self.notBefore = notBefore
        self.reason = reason
        self.extensions = extensions
    }

    /// The key in a step's extensions under which the moment stands by which it has to be over: the end of its night.
    public static let notAfterKey = "notAfter"

    public var endSeconds: Double { startSeconds + durationSeconds }

    /// The migration, when this step is one.
    public var migration: MigrationStep? {
        guard case .migrate(let migration) = action else { return nil }
        return migration
    }
}

/// How memory gets from source to destination.
public enum MigrationMode: String, Sendable, Hashable, CaseIterable {
    /// Pre-copy.
    case live
    case postCopy
    /// Most is copied while the guest runs, the rest after a stop.
    case staged
    /// The guest is stopped for the whole copy.
    case cold
}

/// The migration in a step, with its prediction.
public struct MigrationStep: Sendable, Hashable {
    public var vm: String
    public var from: String
    public var to: String
    public var mode: MigrationMode
    public var bandwidthBitsPerSecond: Double
    public var downtimeMilliseconds: Double
    public var transferBytes: Double
    public var rounds: Int
    public var guestRestarts: Bool

    public init(
        vm: String, from: String, to: String, mode: MigrationMode, bandwidthBitsPerSecond: Double,
        downtimeMilliseconds: Double, transferBytes: Double, rounds: Int, guestRestarts: Bool = false
    ) {
        self.vm = vm
        self.from = from
        self.to = to
        self.mode = mode
        self.bandwidthBitsPerSecond = bandwidthBitsPerSecond
        self.downtimeMilliseconds = downtimeMilliseconds
        self.transferBytes = transferBytes
        self.rounds = rounds
        self.guestRestarts = guestRestarts
    }
}

/// The plan in figures.
public struct PlanSummary: Sendable, Hashable {
    public struct HostsOn: Sendable, Hashable {
        public var before: Int
        public var after: Int
        /// No plan within these constraints leaves fewer on; `nil` when none was computed.
        public var lowerBound: Int?

        public init(before: Int, after: Int, lowerBound: Int? = nil) {
            self.before = before
            self.after = after
            self.lowerBound = lowerBound
        }
    }

    public struct BeforeAfter: Sendable, Hashable {
        public var before: Double
        public var after: Double

        public init(before: Double, after: Double) {
            self.before = before
            self.after = after
        }
    }

    public var makespanSeconds: Double
    public var migrations: Int
    public var transferBytes: Double
    public var hostsOn: HostsOn
    public var watts: BeforeAfter
    /// Mean, over CPU and memory, of the population standard deviation of the used fraction over the hosts on.
    public var imbalance: BeforeAfter

    public init(
        makespanSeconds: Double, migrations: Int, transferBytes: Double, hostsOn: HostsOn, watts: BeforeAfter,
        imbalance: BeforeAfter
    ) {
        self.makespanSeconds = makespanSeconds
        self.migrations = migrations
        self.transferBytes = transferBytes
        self.hostsOn = hostsOn
        self.watts = watts
        self.imbalance = imbalance
    }
}

/// Something the goal asked for that is not reached, and why.
public struct Refusal: Sendable, Hashable {
    public enum Subject: Sendable, Hashable {
        /// A VM that cannot move off `from`.
        case vm(id: String, from: String?)
        /// A required rule that stays broken.
        case rule(id: String)
        case host(id: String)
    }

    public struct Reason: Sendable, Hashable {
        /// The constraint's name, for example `memory`, `datastore`, `antiAffinity`.
        public var constraint: String
        /// The hosts that it refuses; empty when it does not depend on a host.
        public var hosts: [String]
        public var detail: String

        public init(constraint: String, hosts: [String], detail: String) {
            self.constraint = constraint
            self.hosts = hosts
            self.detail = detail
        }
    }

    public var subject: Subject
    public var reasons: [Reason]
    /// What would change the answer.
    public var unblock: String?

    public init(subject: Subject, reasons: [Reason], unblock: String? = nil) {
        self.subject = subject
        self.reasons = reasons
        self.unblock = unblock
    }
}
