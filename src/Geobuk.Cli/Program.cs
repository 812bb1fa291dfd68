using Geobuk.Cli;

return await Application.RunAsync(args, Steps.All);
