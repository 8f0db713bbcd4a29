/// What a plan is to reach, as a function from a packed cluster to a placement.
///
/// The same input gives the same answer on every machine: search is bounded by counted work, ties break by index, and
/// the generator is seeded with a constant.
public protocol PlacementGoal: Sendable {
    func place(_ packed: PackedCluster) -> PlacementResult
}
