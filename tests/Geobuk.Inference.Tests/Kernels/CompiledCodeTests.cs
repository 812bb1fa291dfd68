using System.Diagnostics;
using System.Text.RegularExpressions;
using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Tests.Kernels;

public partial class CompiledCodeTests
{
    public static TheoryData<KernelPath> Paths => [KernelPath.Avx512, KernelPath.AvxVnni, KernelPath.Avx2];

    /// <summary>
    /// The compiler's own listing of the innermost loops: a vector that is kept on the stack costs more than the instruction it serves,
    /// and so does a call of what was to be inlined.
    /// </summary>
    [SkippableTheory]
    [MemberData(nameof(Paths))]
    public void Tiles_AsCompiled_KeepEveryVectorInARegister(KernelPath path)
    {
        Skip.IfNot(KernelPaths.Supported.Contains(path), $"this machine has no {path}");
        var methods = Compile(path);
        // Twelve formats, two vectors by four tokens and one token, five of them with twins; attention over four types of cache shares its tiles.
        foreach (var (name, least) in new[] { (":TwoByFour(", 12), (":WholeRow(", 7), (":TwinRow(", 5), (":ScoreFour(", path == KernelPath.AvxVnni ? 0 : 1), (":MixFour(", path == KernelPath.AvxVnni ? 0 : 1) })
            Assert.True(methods.Count(method => method.Contains(name, StringComparison.Ordinal)) >= least, $"{methods.Length} listings, of them too few of {name}");
        Assert.Empty(methods.SelectMany(method => InnermostLoops(method).Where(loop => TakesSteps(method, loop) && Spill().IsMatch(loop))
            .Select(loop => $"{method[..method.IndexOf('\n', StringComparison.Ordinal)]}\n{loop}")));
    }

    [Fact]
    public void InnermostLoops_OfAListing_AreTheBlocksBetweenAJumpBackAndItsTarget()
    {
        const string Listing = "X\nG_M000_IG01:\n nop\nG_M000_IG02:\n mov\nG_M000_IG03:\n add\n jl G_M000_IG03\nG_M000_IG04:\n sub\n jl SHORT G_M000_IG02\n ret\n";
        Assert.Equal([" add\n jl G_M000_IG03\n"], InnermostLoops(Listing).Select(loop => loop[(loop.IndexOf('\n', StringComparison.Ordinal) + 1)..]));
    }

    /// <summary>
    /// A loop over the steps of a run or over positions, by what it multiplies with most. The others, over runs and stretches, keep
    /// vectors across the call that unpacks scales.
    /// </summary>
    private static bool TakesSteps(string method, string loop)
    {
        foreach (var product in new[] { "vpdpbusd", "vpmaddubsw" })
            if (method.Contains(product, StringComparison.Ordinal)) return loop.Contains(product, StringComparison.Ordinal);
        return Regex.Count(loop, method.Contains("vpmaddwd", StringComparison.Ordinal) ? "vpmaddwd" : "vfmadd") >= 4;
    }

    private static string[] Compile(KernelPath path)
    {
        var listing = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true };
            start.ArgumentList.Add(typeof(KernelProgram).Assembly.Location);
            start.ArgumentList.Add(path.ToString());
            start.Environment["DOTNET_JitStdOutFile"] = listing;
            start.Environment["DOTNET_JitDisasm"] = "TwoByFour WholeRow TwinRow ScoreFour MixFour";
            using var child = Process.Start(start)!;
            var errors = child.StandardError.ReadToEnd();
            child.WaitForExit();
            Assert.True(child.ExitCode == 0, errors);
            return File.ReadAllText(listing).Split("; Assembly listing for method ")[1..];
        }
        finally
        {
            File.Delete(listing);
        }
    }

    /// <summary>The texts from the target of each jump back to the jump that hold no other such pair.</summary>
    private static IEnumerable<string> InnermostLoops(string method)
    {
        var labels = Label().Matches(method).ToArray();
        var places = labels.Select((label, i) => (label.Groups[1].Value, i)).ToDictionary();
        var bodies = labels.Select((label, i) => method[label.Index..(i + 1 < labels.Length ? labels[i + 1].Index : method.Length)]).ToArray();
        var loops = bodies.SelectMany((body, end) => Jump().Matches(body).Select(jump => (Start: places[jump.Groups[1].Value], End: end)))
            .Where(loop => loop.Start <= loop.End).Distinct().ToList();
        return loops.Where(loop => !loops.Any(other => other != loop && other.Start >= loop.Start && other.End <= loop.End))
            .Select(loop => string.Concat(bodies[loop.Start..(loop.End + 1)]));
    }

    [GeneratedRegex(@"^G_M\d+_IG(\d+):", RegexOptions.Multiline)]
    private static partial Regex Label();

    [GeneratedRegex(@"^\s+j\w+\s+(?:SHORT )?G_M\d+_IG(\d+)", RegexOptions.Multiline)]
    private static partial Regex Jump();

    [GeneratedRegex(@"[yz]mmword ptr \[r[sb]p|^\s+call\s+(?!.*CORINFO_HELP_OVERFLOW)", RegexOptions.Multiline)]
    private static partial Regex Spill();
}
