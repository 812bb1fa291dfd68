namespace Geobuk.Models.Tests;

public class SplitMix64Tests
{
    // The first outputs for the seed 1234567, as published for the generator.
    [Theory]
    [InlineData(1, 6457827717110365317UL)]
    [InlineData(2, 3203168211198807973UL)]
    [InlineData(3, 9817491932198370423UL)]
    public void Mix_StepsFromASeed_AreTheGeneratorsOutputs(int step, ulong expected) =>
        Assert.Equal(expected, SplitMix64.Mix(unchecked(1234567UL + (ulong)step * SplitMix64.Increment)));
}
