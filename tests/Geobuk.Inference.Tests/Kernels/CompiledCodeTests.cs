using System.Diagnostics;
using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Tests.Kernels;

public class CompiledCodeTests
{
    /// <summary>
    /// The compiler's own listing of the innermost loops: a vector that is kept on the stack costs more than the instruction it serves.
    /// </summary>
    [SkippableFact]
    public void Tiles_AsCompiledForAvx512_KeepEveryVectorInARegister()
    {
        Skip.IfNot(KernelPaths.Supported[0] == KernelPath.Avx512, "this machine has no AVX-512");
        var listing = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true };
            start.ArgumentList.Add(typeof(KernelProgram).Assembly.Location);
            start.ArgumentList.Add(nameof(KernelPath.Avx512));
            start.Environment["DOTNET_JitStdOutFile"] = listing;
            start.Environment["DOTNET_JitDisasm"] = "TwoByFour OneByFour WholeRow";
            using var child = Process.Start(start)!;
            var errors = child.StandardError.ReadToEnd();
            child.WaitForExit();
            Assert.True(child.ExitCode == 0, errors);
            var methods = File.ReadAllText(listing).Split("; Assembly listing for method ")[1..];
            // Twelve formats: two panels at once, four tokens from panels and from unpacked values are each compiled for all.
            foreach (var name in new[] { ":TwoByFour(", ":OneByFour(", ":WholeRow(" })
                Assert.True(methods.Count(method => method.Contains(name, StringComparison.Ordinal)) >= 12, $"{methods.Length} listings, of them too few of {name}");
            var spills = methods.Where(method => method.Contains("zmmword ptr [rsp", StringComparison.Ordinal) || method.Contains("zmmword ptr [rbp", StringComparison.Ordinal));
            Assert.Empty(spills.Select(method => method[..Math.Min(300, method.IndexOf('\n'))]));
        }
        finally
        {
            File.Delete(listing);
        }
    }
}
