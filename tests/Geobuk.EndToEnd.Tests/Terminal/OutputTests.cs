using Geobuk.EndToEnd.Tests.Runs;

namespace Geobuk.EndToEnd.Tests.Terminal;

public sealed class OutputTests : RunFixture
{
    [Theory]
    [InlineData("", true)]
    [InlineData("40", false)]
    public void Table_IntoAPipe_IsAsWideAsItNeedsUnlessColumnsSaysOtherwise(string columns, bool whole)
    {
        File.WriteAllText(Path.Combine(Folder, "two.swf"), "1 0 -1 100 4 -1 -1 4 100 -1 1 1 1 -1 -1 -1 -1 -1\n2 10 -1 100 4 -1 -1 4 100 -1 1 1 1 -1 -1 -1 -1 -1\n");
        using var simulate = new CommandLine(Folder, ("COLUMNS", columns), "compute", "simulate", "--trace", "two.swf", "--format", "swf", "--pool", "60x8+28x4", "--policy", "geobuk", "conservative");

        Assert.True(simulate.Wait() == 0, simulate.Error);
        Assert.Equal(whole, simulate.Output.Contains("conservative", StringComparison.Ordinal));
        Assert.Equal(!whole, simulate.Output.Contains('…', StringComparison.Ordinal));
    }
}
