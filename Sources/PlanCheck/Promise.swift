/// What a plan can break: the sentences under "What a plan promises", the meanings that they rest on, and the
/// faults that keep a plan from being replayed at all.
public enum Promise: String, Sendable, Hashable, CaseIterable {
    // MARK: Faults of the document: the rest is not checked when one of the first eight is found.

    /// Two steps have one id.
    case duplicateStep
    /// A step, goal or refusal names a VM, host, step or rule that does not exist.
    case unknownIdentifier
    /// A time, rate or size is negative or not a number.
    case invalidFigure
    /// `after` goes round in a circle.
    case cyclicAfter
    /// A VM is not on the host that its step takes it from.
    case vmNotAtSource
    /// A VM's moves are not ordered by `after`.
    case oneMoveAtATime
    /// A move ends where it begins.
    case moveToItself
    /// More steps than can be proved.
    case tooManySteps
    /// The plan was made for another cluster or another snapshot of it.
    case anotherCluster

    // MARK: Room

    /// At the predicted times a step adds load to a host that is, or by it would be, above a limit.
    case limits
    /// In an order that `after` allows, or when steps fail, a step does so.
    case capacityInEveryOrder
    /// `after` names a step that brings about no room, power or rule.
    case needlessAfter

    // MARK: Rules

    /// At the predicted times a required rule is broken on the way.
    case ruleOnTheWay
    /// In an order that `after` allows, or when steps fail, a required rule is broken.
    case ruleInEveryOrder
    /// A required rule is broken at the end, and `refusals` does not say so or it got worse.
    case ruleAtEnd

    // MARK: Reach

    case architecture
    case cpuModel
    case cpuFeatures
    case datastores
    case networks
    /// A VM that cannot move is moved, or one that moves only cold moves otherwise.
    case migratability
    /// A stopped VM is moved.
    case stoppedVMMoved

    // MARK: Power

    /// At the predicted times a host is powered off, or taken down for maintenance, with VMs on it.
    case poweredOffOnlyWhenEmpty
    /// At the predicted times a host that is not on is used.
    case usedOnlyWhenOn
    /// In an order that `after` allows, or when steps fail, one of the two happens.
    case powerInEveryOrder
    /// A host without power control is switched although others have it.
    case powerControl
    /// A host is switched to the state that it has, or by a step that its state does not allow.
    case powerTransition

    // MARK: Time

    /// A step starts before a step in its `after` has ended, or before its `notBefore`.
    case startTimes
    /// The moves over a host's migration link need more than it has.
    case migrationLink
    /// The moves that cross one of the cluster's links need more than it has.
    case sharedLink
    /// More moves at once than a host takes.
    case migrationsPerHost
    /// After a step, fewer VMs of a failing host find room than at the start.
    case spareCapacity
    /// The predicted pause is longer than the VM allows.
    case pause

    // MARK: Claims

    /// The goal is not reached for a VM or host, and `refusals` does not say so.
    case unsaidRefusal
    /// The status does not fit the steps, the goal or the refusals.
    case status
    /// A figure of the summary is wrong.
    case summary
}
