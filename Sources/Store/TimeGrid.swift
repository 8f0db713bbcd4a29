/// Five minutes, hours and days since the epoch. Times before it do not occur: the store takes none.
enum TimeGrid {
    static let bucketMilliseconds: Int64 = 300_000
    static let hourMilliseconds: Int64 = 3_600_000
    static let dayMilliseconds: Int64 = 86_400_000
    static let bucketsPerHour = 12
    static let hoursPerDay = 24
    static let bucketsPerDay = 288

    /// Years 2000 to 2099: outside them a clock or a unit is wrong.
    static let allowedMilliseconds: ClosedRange<Int64> = 946_684_800_000...4_102_444_799_999

    static func bucket(of milliseconds: Int64) -> Int64 { milliseconds / bucketMilliseconds }
    static func hour(ofBucket bucket: Int64) -> Int64 { bucket / Int64(bucketsPerHour) }
    static func slot(ofBucket bucket: Int64) -> Int { Int(bucket % Int64(bucketsPerHour)) }
    static func day(ofHour hour: Int64) -> Int64 { hour / Int64(hoursPerDay) }
    static func slot(ofHour hour: Int64) -> Int { Int(hour % Int64(hoursPerDay)) }
}
