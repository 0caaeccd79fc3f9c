// greenroom: all of the library in one include. It costs compile time: a large program includes
// what it uses.
#pragma once

#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/actor_options.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/actors/exit.hpp>
#include <greenroom/actors/mailbox.hpp>
#include <greenroom/actors/ref.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/blocking.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/clock.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/driver.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/log.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/time.hpp>
#include <greenroom/core/where.hpp>
#include <greenroom/net/address.hpp>
#include <greenroom/net/connection.hpp>
#include <greenroom/net/events.hpp>
#include <greenroom/net/framing.hpp>
#include <greenroom/net/listener.hpp>
#include <greenroom/net/serve.hpp>
#include <greenroom/net/server.hpp>
#include <greenroom/net/shared_bytes.hpp>
#include <greenroom/net/socket_api.hpp>
#include <greenroom/net/tcp.hpp>
