namespace Geobuk.Compute.Tests.Service;

/// <summary>A clock that a test sets.</summary>
internal sealed class VirtualTime : TimeProvider
{
    public long Seconds { get; set; }

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => Seconds;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddSeconds(1_800_000_000 + Seconds);
}
