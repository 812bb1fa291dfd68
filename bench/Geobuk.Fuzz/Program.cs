using Geobuk.Fuzz;

FuzzOptions options;
try
{
    options = FuzzOptions.Parse(args);
}
catch (Exception e) when (e is FormatException or OverflowException)
{
    Console.Error.WriteLine($"{e.Message}; expected {FuzzOptions.Usage}.");
    return 2;
}
return options.IsWorker ? Worker.Run(options) : Supervisor.Run(options);
