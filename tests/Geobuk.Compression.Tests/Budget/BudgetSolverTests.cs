using CsCheck;
using Geobuk.Compression.Budget;
using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Tests.Budget;

public sealed class BudgetSolverTests
{
    private static readonly GgmlType[] s_types = [GgmlType.Q3_K, GgmlType.Q4_K, GgmlType.Q6_K];

    /// <summary>What no budget goes below is known without a measurement: it equals what the solver asks for at least.</summary>
    [Fact]
    public void LeastBytes_OfAShape_AreThoseOfItsSmallestTypes()
    {
        var least = EffectMeasurement.LeastBytes(TinyModel.Llama with { IntermediateSize = 352 });
        var weights = TypePlan.Matrices(TinyModel.Llama).Sum(spec => spec.Elements);
        Assert.Equal(BlockFormat.Get(GgmlType.Q2_K).Bytes(weights), least);
        BudgetSolver.Require(least, least, "--bits 3");
        Assert.Contains("That is the nearest", Assert.Throws<UserInputException>(() => BudgetSolver.Require(least - 1, least, "--bits 3")).Message, StringComparison.Ordinal);
    }

    /// <summary>Every choice of up to six matrices tried.</summary>
    [Fact]
    public void Solve_SmallTables_FindsTheBestThereIs() => Gen.Select(Gen.Int[1, 6], Gen.Int).Sample((count, seed) =>
    {
        var table = Table(count, new Random(seed));
        var options = table.Effects.Values.ToArray();
        var (least, most) = (options.Sum(list => list.Min(effect => effect.Bytes)), options.Sum(list => list.Max(effect => effect.Bytes)));
        var budget = least + new Random(seed).NextInt64(most - least + 1);
        var plan = BudgetSolver.Solve(table, budget, "test");
        var chosen = table.Effects.Select(entry => entry.Value.First(effect => effect.Type == plan.TypeOf(entry.Key))).ToList();
        Assert.InRange(chosen.Sum(effect => effect.Bytes), 0, budget);
        Assert.Equal(BruteForce(options, budget), chosen.Sum(effect => effect.Divergence), 1e-12);
    }, iter: 200, threads: 1);

    [Fact]
    public void Solve_ManyMatrices_ComesWithinAThousandthOfTheBudget()
    {
        var table = Table(200, new Random(3));
        var options = table.Effects.Values.ToArray();
        var budget = (options.Sum(list => list.Min(effect => effect.Bytes)) + options.Sum(list => list.Max(effect => effect.Bytes))) / 2;
        var plan = BudgetSolver.Solve(table, budget, "test");
        var bytes = table.Effects.Sum(entry => entry.Value.First(effect => effect.Type == plan.TypeOf(entry.Key)).Bytes);
        Assert.InRange(bytes, 0.999 * budget, budget);
    }

    [Fact]
    public void Solve_TooSmallABudget_SaysTheNearest()
    {
        var table = Table(3, new Random(1));
        var least = table.Effects.Values.Sum(list => list.Min(effect => effect.Bytes));
        var fault = Assert.Throws<UserInputException>(() => BudgetSolver.Solve(table, least - 1, "--size 1KB"));
        Assert.Contains($"expected at least {least:N0}", fault.Message);
    }

    [Fact]
    public void Save_AndLoad_GivesTheTableBackAndRefusesAnotherModel()
    {
        var path = Path.GetTempFileName();
        var table = Table(4, new Random(2));
        table.Save(path);
        var again = EffectTable.Load(path, "model");
        Assert.Equal(table.Effects.SelectMany(entry => entry.Value), again.Effects.SelectMany(entry => entry.Value));
        Assert.Contains("expected other", Assert.Throws<UserInputException>(() => EffectTable.Load(path, "other")).Message);
        File.WriteAllText(path, "{}");
        Assert.Throws<UserInputException>(() => EffectTable.Load(path, "model"));
        File.Delete(path);
    }

    private static double BruteForce(IReadOnlyList<TypeEffect>[] options, long budget)
    {
        var best = double.PositiveInfinity;
        Try(0, 0, 0);
        return best;

        void Try(int matrix, long bytes, double divergence)
        {
            if (bytes > budget) return;
            if (matrix < options.Length) foreach (var effect in options[matrix]) Try(matrix + 1, bytes + effect.Bytes, divergence + effect.Divergence);
            else best = Math.Min(best, divergence);
        }
    }

    private static EffectTable Table(int count, Random random) => new("model", 256, Enumerable.Range(0, count).ToDictionary(i => $"m{i}", _ =>
    {
        var blocks = random.Next(1, 40);
        return (IReadOnlyList<TypeEffect>)[.. s_types.Select((type, i) => new TypeEffect(type, blocks * BlockFormat.Get(type).BlockBytes, random.NextDouble() * Math.Pow(4, -i)))];
    }));
}
