using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Budget;

/// <summary>
/// The types with the least sum of divergences within a number of bytes: a multiple-choice knapsack, solved exactly by dynamic
/// programming over the greatest common divisor of all sizes, or over coarser units where that would be too many.
/// </summary>
public static class BudgetSolver
{
    private const int MostUnits = 1 << 17;

    /// <summary>Solves for a budget.</summary>
    /// <param name="table">What was measured.</param>
    /// <param name="bytes">Most bytes of all matrices together.</param>
    /// <param name="name">Name of the plan.</param>
    /// <exception cref="UserInputException">No choice is that small: says the least and, where the budget is above the largest, that.</exception>
    public static TypePlan Solve(EffectTable table, long bytes, string name)
    {
        var matrices = table.Effects.Select(entry => (entry.Key, Options: entry.Value.OrderBy(effect => effect.Bytes).ToArray())).ToArray();
        var least = matrices.Sum(matrix => matrix.Options[0].Bytes);
        var most = matrices.Sum(matrix => matrix.Options[^1].Bytes);
        Require(bytes, least, name);
        if (bytes >= most) return Plan(table, name, matrices.Select(matrix => (matrix.Key, matrix.Options.MinBy(effect => effect.Divergence).Type)));
        var spare = bytes - least;
        var unit = matrices.SelectMany(matrix => matrix.Options.Select(effect => effect.Bytes - matrix.Options[0].Bytes)).Where(extra => extra > 0).Aggregate(0L, Divisor);
        unit = Math.Max(unit, (spare + MostUnits - 1) / MostUnits);
        var choice = Choose([.. matrices.Select(matrix => matrix.Options)], (int)(spare / unit), unit);
        return Plan(table, name, Spend(matrices, choice, bytes).Select((option, i) => (matrices[i].Key, matrices[i].Options[option].Type)));
    }

    /// <summary>Refuses a budget that not even the smallest types keep.</summary>
    /// <exception cref="UserInputException">Says the least.</exception>
    public static void Require(long bytes, long least, string name)
    {
        if (bytes < least)
            throw new UserInputException($"{name}: leaves {bytes:N0} bytes for the matrices; expected at least {least:N0}, all in the smallest type. That is the nearest: raise the target, or make the model smaller first.");
    }

    private static TypePlan Plan(EffectTable table, string name, IEnumerable<(string Name, GgmlType Type)> types) =>
        new(name, null, table.Padding, types.ToDictionary(entry => entry.Name, entry => entry.Type));

    private static int[] Choose(TypeEffect[][] matrices, int capacity, long unit)
    {
        var costs = new double[capacity + 1];
        var picks = new byte[matrices.Length][];
        for (var m = 0; m < matrices.Length; m++)
        {
            var next = new double[capacity + 1];
            Array.Fill(next, double.PositiveInfinity);
            picks[m] = new byte[capacity + 1];
            for (byte option = 0; option < matrices[m].Length; option++)
            {
                var weight = (int)Math.Min(int.MaxValue, (matrices[m][option].Bytes - matrices[m][0].Bytes + unit - 1) / unit);
                for (var used = weight; used <= capacity; used++)
                {
                    var cost = costs[used - weight] + matrices[m][option].Divergence;
                    if (cost >= next[used]) continue;
                    next[used] = cost;
                    picks[m][used] = option;
                }
            }
            costs = next;
        }
        var left = capacity;
        var choice = new int[matrices.Length];
        for (var m = matrices.Length - 1; m >= 0; m--)
        {
            choice[m] = picks[m][left];
            left -= (int)((matrices[m][choice[m]].Bytes - matrices[m][0].Bytes + unit - 1) / unit);
        }
        return choice;
    }

    /// <summary>What rounding to units left over goes where it helps most.</summary>
    private static int[] Spend((string Key, TypeEffect[] Options)[] matrices, int[] choice, long bytes)
    {
        while (true)
        {
            var left = bytes - matrices.Select((matrix, i) => matrix.Options[choice[i]].Bytes).Sum();
            var best = matrices.SelectMany((matrix, i) => Enumerable.Range(0, matrix.Options.Length).Select(option => (Matrix: i, Option: option,
                    Extra: matrix.Options[option].Bytes - matrix.Options[choice[i]].Bytes, Gain: matrix.Options[choice[i]].Divergence - matrix.Options[option].Divergence)))
                .Where(step => step.Extra <= left && step.Gain > 0 && step.Option != choice[step.Matrix]).OrderByDescending(step => step.Gain).FirstOrDefault((-1, 0, 0, 0));
            if (best.Matrix < 0) return choice;
            choice[best.Matrix] = best.Option;
        }
    }

    private static long Divisor(long a, long b) => b == 0 ? a : Divisor(b, a % b);
}
