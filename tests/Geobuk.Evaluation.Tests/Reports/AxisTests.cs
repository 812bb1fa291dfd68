using CsCheck;
using Geobuk.Evaluation.Reports;

namespace Geobuk.Evaluation.Tests.Reports;

public class AxisTests
{
    [Fact]
    public void Covering_AnyRange_HoldsItWithRoundTicksInOrder() =>
        Gen.Select(Gen.Double[-1e6, 1e6], Gen.Double[1e-6, 1e6]).Sample((low, width) =>
        {
            var axis = Axis.Covering(low, low + width, 0, 100, 5);
            return axis.At(low) >= -1e-6 && axis.At(low + width) <= 100 + 1e-6
                && axis.Ticks.Count is >= 2 and <= 14 && axis.Ticks.Zip(axis.Ticks.Skip(1), (a, b) => a < b).All(x => x);
        });

    [Fact]
    public void Covering_OneValue_StillHasAWidth() => Assert.True(Axis.Covering(2, 2, 0, 100, 5).Ticks.Count >= 2);
}
