namespace Geobuk.Server.Tests.Hosting;

/// <summary>A clock that stands until a test moves it.</summary>
internal sealed class ManualClock : TimeProvider
{
    public TimeSpan Now { get; set; } = TimeSpan.FromDays(1);
    public override long GetTimestamp() => Now.Ticks;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
}
