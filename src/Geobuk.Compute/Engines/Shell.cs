using System.ComponentModel;
using System.Diagnostics;
using Geobuk.Models;

namespace Geobuk.Compute.Engines;

/// <summary>Other programs, run with bounded patience.</summary>
internal static class Shell
{
    /// <summary>A word as a POSIX shell reads it back unchanged.</summary>
    public static string Quoted(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    /// <summary>Runs a program to its end; one that takes longer is killed.</summary>
    /// <param name="start">The program, its arguments and its environment.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="silent">What was expected, and what to do, where it takes too long.</param>
    /// <param name="missing">What was expected, and what to do, where there is no such program.</param>
    /// <exception cref="IOException">It took too long.</exception>
    /// <exception cref="UserInputException">There is no such program.</exception>
    public static (int ExitCode, string Output, string Errors) Run(ProcessStartInfo start, string? input, TimeSpan patience, string name, string silent, string missing)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError, start.UseShellExecute) = (true, true, true, false);
        try
        {
            using var process = Process.Start(start)!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            if (process.WaitForExit(patience)) return (process.ExitCode, output.Result, errors.Result.Trim());
            process.Kill(entireProcessTree: true);
            throw new IOException($"{name}: no answer in {patience.TotalSeconds:0} s; {silent}");
        }
        catch (Win32Exception fault)
        {
            throw new UserInputException($"{start.FileName}: {fault.Message}; {missing}", fault);
        }
    }
}
